/** What was found: a list of each kind that was searched, reports on a map as well. */
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Empty } from "../ui/basics";
import { Failure } from "../ui/loaded";
import { ProfileCard } from "../ui/profile-card";
import { ReportCard } from "../ui/report-card";
import { SiteMap } from "../ui/site-map";
import { Tabs } from "../ui/tabs";
import type { Kind, Sought } from "./form";

export type Answer = Schemas["SearchAnswer"];
type CaseSummary = NonNullable<Answer["cases"]>["cases"][number];
interface Rows {
  items: { id: string }[];
  next: string | null | undefined;
}

/** The list of one kind in an answer, and the cursor of its next page. */
const LISTS: Record<Kind, (answer: Answer) => Rows> = {
  report: ({ reports, nextCursor }) => ({ items: reports, next: nextCursor }),
  person: ({ people }) => ({ items: people?.profiles ?? [], next: people?.nextCursor }),
  vehicle: ({ vehicles }) => ({ items: vehicles?.profiles ?? [], next: vehicles?.nextCursor }),
  case: ({ cases }) => ({ items: cases?.cases ?? [], next: cases?.nextCursor }),
  evidence: ({ evidence }) => ({ items: evidence?.evidence ?? [], next: evidence?.nextCursor }),
};

export function Found({ answer, sought, only }: { answer: Answer; sought: Sought; only: (siteId: string) => void }) {
  const { seek } = useText();
  const [tab, setTab] = useState<string>();
  const counted = (kind: Kind) => {
    const { items, next } = LISTS[kind](answer);
    return `${seek.kinds[kind]} (${items.length}${next ? "+" : ""})`;
  };
  const tabs = answer.searched.map((kind) => ({ id: kind as string, title: counted(kind), content: () => <List key={kind} kind={kind} answer={answer} sought={sought} /> }));
  const { sites } = answer.facets ?? {};
  if (sites && sites.length > 0) tabs.splice(1, 0, { id: "map", title: seek.map, content: () => <OnMap sites={sites} only={only} /> });
  const first = answer.searched.find((kind) => LISTS[kind](answer).items.length > 0) ?? answer.searched[0]!;
  return tabs.length === 1 ? <>{tabs[0]!.content()}</> : <Tabs label={seek.results} tabs={tabs} selected={tab && tabs.some(({ id }) => id === tab) ? tab : first} onSelect={setTab} />;
}

function List({ kind, answer, sought }: { kind: Kind; answer: Answer; sought: Sought }) {
  const { search: text, app } = useText();
  const { purpose } = useSession();
  const [pages, setPages] = useState<Rows[]>([]);
  const all = [LISTS[kind](answer), ...pages];
  const cursor = all.at(-1)!.next;
  const more = useMutation({
    mutationFn: () => ok(api().POST("/api/search", { params: { query: { purpose } }, body: { ...sought, kinds: [kind], cursor } })),
    onSuccess: (next) => setPages([...pages, LISTS[kind](next)]),
  });
  const items = all.flatMap((page) => page.items);
  if (items.length === 0) return <Empty title={text.nothing}>{text.nothingWhy}</Empty>;
  return (
    <>
      <ul className="cards" aria-label={text.found}>{items.map((item) => <li key={item.id}>{CARDS[kind](item)}</li>)}</ul>
      {more.error && <Failure error={more.error} />}
      {cursor && <Button busy={more.isPending} onClick={() => more.mutate()}>{app.more}</Button>}
    </>
  );
}

const CARDS: Record<Kind, (item: unknown) => ReactNode> = {
  report: (item) => <ReportCard report={item as Schemas["ReportView"]} />,
  person: (item) => <ProfileCard profile={item as Schemas["ProfileSummary"]} />,
  vehicle: (item) => <ProfileCard profile={item as Schemas["ProfileSummary"]} />,
  case: (item) => <CaseCard found={item as CaseSummary} />,
  evidence: (item) => <EvidenceCard item={item as Schemas["EvidenceView"]} />,
};

function CaseCard({ found }: { found: CaseSummary }) {
  const { cases: text } = useText();
  const { date } = useFormats();
  return (
    <article className={`row-card ${found.overdue ? "urgent" : ""}`}>
      <div className="row-main">
        <h2><Link href={`/cases/${found.id}`}>{found.title}</Link></h2>
        <p className="meta"><Badge>{text.statuses[found.status]}</Badge><span>{text.records(found.records)}</span>{found.deadline && <span>{text.due(date(found.deadline))}</span>}</p>
      </div>
    </article>
  );
}

function EvidenceCard({ item }: { item: Schemas["EvidenceView"] }) {
  const { evidence: text } = useText();
  const { siteName } = useSession();
  const { dateTime } = useFormats();
  return (
    <article className="row-card">
      <div className="row-main">
        <h2><Link href={`/evidence/${item.id}`}>{item.description || text.kinds[item.kind]}</Link></h2>
        <p className="meta"><Badge>{text.kinds[item.kind]}</Badge><span>{siteName(item.siteId)}</span><span>{dateTime(item.capturedAt ?? item.requestedAt)}</span>{item.needsReview && <Badge tone="warn">{text.needsReview}</Badge>}</p>
      </div>
    </article>
  );
}

/** All that was found, by site, not only what the list shows so far. */
function OnMap({ sites, only }: { sites: { value: string; reports: number }[]; only: (siteId: string) => void }) {
  const { map: text, seek } = useText();
  const { me } = useSession();
  const { number } = useFormats();
  const spots = sites.flatMap(({ value, reports }) => me.sites.filter((site) => site.id === value).map((site) => ({ ...site, count: reports })));
  return (
    <>
      <SiteMap spots={spots} />
      <ul className="site-buttons" aria-label={seek.bySite}>
        {spots.map((spot) => <li key={spot.id}><Button onClick={() => only(spot.id)} aria-label={`${text.only(spot.name)}, ${text.count(spot.count)}`}>{spot.name} <span className="facet-count">{number(spot.count)}</span></Button></li>)}
      </ul>
    </>
  );
}
