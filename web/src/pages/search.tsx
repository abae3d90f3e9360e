/** Searching reports by what, when, where and how; each search is remembered, sealed. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { Button, Empty, Notice, Page } from "../ui/basics";
import { Select, Several, TextField } from "../ui/form";
import { Failure, Loading } from "../ui/loaded";
import { ReportCard } from "../ui/report-card";

type Sought = Schemas["Search"];
const EMPTY = { types: [] as string[], methods: [] as string[], product: "", minLoss: "", since: "", until: "", siteId: "", status: "", weaponSeen: "" };

export default function Search() {
  const { search: text, nav, types, methods, app, fields, reports } = useText();
  const { purpose, me } = useSession();
  const [form, setForm] = useState(EMPTY);
  const [sought, setSought] = useState<Sought>();
  const set = (part: Partial<typeof EMPTY>) => setForm({ ...form, ...part });
  const query = useInfiniteQuery({
    queryKey: ["search", sought, purpose],
    queryFn: ({ pageParam }) => ok(api().POST("/api/search", { params: { query: { purpose } }, body: { ...sought, ...(pageParam && { cursor: pageParam }) } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    enabled: sought !== undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.reports) ?? [];
  return (
    <Page title={nav.search} lead={text.lead}>
      <form className="stack card" onSubmit={(event) => { event.preventDefault(); setSought(asked(form)); }}>
        <Several legend={fields["type"] ?? app.what} options={Object.entries(types)} value={form.types} onChange={(value) => set({ types: value })} />
        <Several legend={fields["methods"]!} options={Object.entries(methods)} value={form.methods} onChange={(value) => set({ methods: value })} />
        <div className="filters">
          <TextField label={text.product} maxLength={200} value={form.product} onChange={(event) => set({ product: event.target.value })} />
          <TextField label={reports.minLoss} type="number" min={0} value={form.minLoss} onChange={(event) => set({ minLoss: event.target.value })} />
          <Select label={app.site} value={form.siteId} onChange={(event) => set({ siteId: event.target.value })} options={[["", app.all], ...me.sites.map(({ id, name }) => [id, name] as const)]} />
          <TextField label={app.since} type="date" value={form.since} onChange={(event) => set({ since: event.target.value })} />
          <TextField label={app.until} type="date" value={form.until} onChange={(event) => set({ until: event.target.value })} />
          <Select label={app.state} value={form.status} onChange={(event) => set({ status: event.target.value })} options={[["", app.all], ["open", reports.open], ["closed", reports.closed]]} />
          <Select label={fields["weaponSeen"]!} value={form.weaponSeen} onChange={(event) => set({ weaponSeen: event.target.value })} options={[["", app.any], ["yes", app.yes], ["no", app.no]]} />
        </div>
        <div className="actions">
          <Button look="primary" type="submit" busy={query.isFetching}>{nav.search}</Button>
          <Button onClick={() => { setForm(EMPTY); setSought(undefined); }}>{text.clear}</Button>
        </div>
      </form>
      {!sought ? <Notice tone="info">{text.remembered}</Notice>
        : query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.nothing}>{text.nothingWhy}</Empty>
        : <ul className="cards" aria-label={text.found}>{found.map((report) => <li key={report.id}><ReportCard report={report} /></li>)}</ul>}
      {query.hasNextPage && <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Page>
  );
}

function asked(form: typeof EMPTY): Sought {
  return {
    kinds: ["report"],
    limit: 25,
    types: form.types as Sought["types"],
    methods: form.methods as Sought["methods"],
    ...(form.product && { product: form.product }),
    ...(form.minLoss && { minLossMinor: Math.round(Number(form.minLoss) * 100) }),
    ...(form.siteId && { siteIds: [form.siteId] }),
    ...(form.since && { since: `${form.since}T00:00:00Z` }),
    ...(form.until && { until: `${form.until}T23:59:59Z` }),
    ...(form.status && { status: form.status as "open" }),
    ...(form.weaponSeen && { weaponSeen: form.weaponSeen === "yes" }),
  };
}
