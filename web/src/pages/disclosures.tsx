/** What was handed to the police, to whom and why; for an officer, what was handed to them. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Empty, Page } from "../ui/basics";
import { Failure, Loading } from "../ui/loaded";

export default function Disclosures() {
  const { disclosures: text, nav, app } = useText();
  const { purpose } = useSession();
  const query = useInfiniteQuery({
    queryKey: ["disclosures", purpose],
    queryFn: ({ pageParam }) => ok(api().GET("/api/disclosures", { params: { query: { purpose, limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.disclosures) ?? [];
  return (
    <Page title={nav.disclosures} lead={text.lead}>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : <ul className="cards">{found.map((each) => <li key={each.id}><One found={each} /></li>)}</ul>}
      {query.hasNextPage && <Button onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Page>
  );
}

function One({ found }: { found: Schemas["DisclosureView"] }) {
  const { disclosures: text, purposes, fields } = useText();
  const { me, has } = useSession();
  const { dateTime } = useFormats();
  const queries = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => ok(api().POST("/api/disclosures/{disclosureId}/withdrawal", { params: { path: { disclosureId: found.id }, header: { "If-Match": found.etag } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["disclosures"] }),
  });
  const ours = found.organisationId === me.organisation.id;
  return (
    <article className="row-card">
      <div className="row-main">
        <h2><Link href={`/reports/${found.reportId}${ours ? "" : `?owner=${found.organisationId}`}`}>{text.forCase(found.caseNumber)}</Link></h2>
        <p>{found.note}</p>
        <p className="meta"><time dateTime={found.disclosedAt}>{dateTime(found.disclosedAt)}</time><span>{purposes[found.purpose]}</span>{found.withdrawnAt && <Badge tone="warn">{text.withdrawn}</Badge>}</p>
        <details><summary>{text.fields}</summary><p>{found.fields.map((field) => fields[field] ?? field).join(", ")}</p></details>
        {withdraw.error && <Failure error={withdraw.error} />}
      </div>
      {ours && has("investigator") && !found.withdrawnAt && <Button look="danger" busy={withdraw.isPending} onClick={() => withdraw.mutate()}>{text.withdraw}</Button>}
    </article>
  );
}
