/** People and vehicles of interest: the list, and finding one by name. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { Button, Empty, Page } from "../ui/basics";
import { Checkbox, Select, TextField } from "../ui/form";
import { Failure, Loading } from "../ui/loaded";
import { ProfileCard } from "../ui/profile-card";

type Subject = Schemas["Subject"];

export default function Profiles() {
  const { profiles: text, nav, app } = useText();
  const { purpose } = useSession();
  const [filter, setFilter] = useState({ subject: "", disputed: false, reviewDue: false });
  const [typed, setTyped] = useState("");
  const [name, setName] = useState("");
  const subject = filter.subject ? { subject: filter.subject as Subject } : {};
  const query = useInfiniteQuery({
    queryKey: ["profiles", filter, name, purpose],
    queryFn: ({ pageParam }) => {
      const more = { limit: 25, ...(pageParam && { cursor: pageParam }), ...subject };
      return name
        ? ok(api().POST("/api/profiles/search", { params: { query: { purpose } }, body: { name, ...more } }))
        : ok(api().GET("/api/profiles", { params: { query: { purpose, ...more, ...(filter.disputed && { disputed: true }), reviewDue: filter.reviewDue } } }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.profiles) ?? [];
  return (
    <Page title={nav.profiles} lead={text.lead}>
      <form className="filters" onSubmit={(event) => { event.preventDefault(); setName(typed.trim()); }}>
        <TextField label={text.search} hint={text.searchHint} maxLength={200} value={typed} onChange={(event) => { setTyped(event.target.value); if (!event.target.value) setName(""); }} />
        <Button type="submit">{text.find}</Button>
        <Select label={text.subject} value={filter.subject} onChange={(event) => setFilter({ ...filter, subject: event.target.value })} options={[["", app.all], ...Object.entries(text.subjectsAll)]} />
        {!name && <Checkbox label={text.disputedOnly} checked={filter.disputed} onChange={(event) => setFilter({ ...filter, disputed: event.target.checked })} />}
        {!name && <Checkbox label={text.dueOnly} checked={filter.reviewDue} onChange={(event) => setFilter({ ...filter, reviewDue: event.target.checked })} />}
      </form>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty>
        : <ul className="cards" aria-label={nav.profiles}>{found.map((each) => <li key={each.id}><ProfileCard profile={each} /></li>)}</ul>}
      {query.hasNextPage && <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Page>
  );
}
