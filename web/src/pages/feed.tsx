/** What the members of a community share. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { Empty, Page } from "../ui/basics";
import { Select, TextField } from "../ui/form";
import { Failure, Loaded, Loading, onEndOf, Rest } from "../ui/loaded";
import { ReportCard } from "../ui/report-card";
import { LongList } from "../ui/virtual";

type ReportType = Schemas["ReportType"];

export default function Feed() {
  const { feed: text } = useText();
  const communities = useQuery({ queryKey: ["communities"], queryFn: () => ok(api().GET("/api/communities")) });
  return (
    <Page title={text.title} lead={text.why}>
      <Loaded query={communities}>
        {({ communities: all }) => {
          const joined = all.filter((each) => each.state === "joined");
          return joined.length === 0 ? <Empty title={text.noCommunity}>{text.noCommunityWhy}</Empty> : <OfCommunity communities={joined} />;
        }}
      </Loaded>
    </Page>
  );
}

function OfCommunity({ communities }: { communities: Schemas["CommunityView"][] }) {
  const { feed: text, app, types } = useText();
  const { purpose } = useSession();
  const [chosen, setChosen] = useState(communities[0]!.id);
  const [type, setType] = useState("");
  const [since, setSince] = useState("");
  const query = useInfiniteQuery({
    queryKey: ["feed", chosen, type, since, purpose],
    queryFn: ({ pageParam }) =>
      ok(api().GET("/api/communities/{communityId}/feed", {
        params: {
          path: { communityId: chosen },
          query: { purpose, limit: 25, ...(type && { type: type as ReportType }), ...(since && { since: `${since}T00:00:00Z` }), ...(pageParam && { cursor: pageParam }) },
        },
      })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const reports = query.data?.pages.flatMap((page) => page.reports) ?? [];
  const more = onEndOf(query);
  return (
    <>
      <div className="filters">
        <Select label={text.community} value={chosen} onChange={(event) => setChosen(event.target.value)} options={communities.map(({ id, name }) => [id, name])} />
        <Select label={text.type} value={type} onChange={(event) => setType(event.target.value)} options={[["", app.all], ...Object.entries(types)]} />
        <TextField label={app.since} type="date" value={since} onChange={(event) => setSince(event.target.value)} />
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : reports.length === 0 && !query.hasNextPage ? <Empty title={text.empty}>{text.emptyWhy}</Empty>
        : <LongList items={reports} keyOf={(report) => report.id} label={text.title} estimate={96} onEnd={more}>{(report) => <ReportCard report={report} />}</LongList>}
      <Rest query={query} shown={reports.length} />
      {!query.isPending && !query.hasNextPage && reports.length > 0 && <p className="hint end">{text.noMore}</p>}
    </>
  );
}
