/** The organisation's own reports. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { ButtonLink, Empty, Page } from "../ui/basics";
import { Select, TextField } from "../ui/form";
import { Failure, Loading, onEndOf, Rest } from "../ui/loaded";
import { ReportCard } from "../ui/report-card";
import { LongList } from "../ui/virtual";

export default function Reports() {
  const { reports: text, app, types, feed } = useText();
  const { purpose, me, has } = useSession();
  const [type, setType] = useState("");
  const [siteId, setSiteId] = useState("");
  const [since, setSince] = useState("");
  const query = useInfiniteQuery({
    queryKey: ["reports", type, siteId, since, purpose],
    queryFn: ({ pageParam }) =>
      ok(api().GET("/api/reports", {
        params: {
          query: {
            purpose, limit: 25,
            ...(type && { type: type as Schemas["ReportType"] }), ...(siteId && { siteId }),
            ...(since && { since: `${since}T00:00:00Z` }), ...(pageParam && { cursor: pageParam }),
          },
        },
      })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const reports = query.data?.pages.flatMap((page) => page.reports) ?? [];
  const more = onEndOf(query);
  return (
    <Page title={text.title} lead={text.own} actions={has("reporter", "investigator", "org_admin") && <ButtonLink to="/reports/new" look="primary">{text.write}</ButtonLink>}>
      <div className="filters">
        <Select label={feed.type} value={type} onChange={(event) => setType(event.target.value)} options={[["", app.all], ...Object.entries(types)]} />
        <Select label={app.site} value={siteId} onChange={(event) => setSiteId(event.target.value)} options={[["", app.all], ...me.sites.map(({ id, name }) => [id, name] as const)]} />
        <TextField label={app.since} type="date" value={since} onChange={(event) => setSince(event.target.value)} />
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : reports.length === 0 ? <Empty title={text.empty}>{text.emptyWhy}</Empty>
        : <LongList items={reports} keyOf={(report) => report.id} label={text.title} estimate={110} onEnd={more}>{(report) => <ReportCard report={report} />}</LongList>}
      <Rest query={query} shown={reports.length} />
    </Page>
  );
}
