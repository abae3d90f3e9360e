/** Groups of reports that people linked: the list of them, and one with its network, time line, map and loss. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Figure, Network } from "../investigate/network";
import { Sureness, useGroup, WhyLinked } from "../investigate/parts";
import { TimeLine } from "../investigate/time-line";
import { addressOf, useNames, type Edge, type Group } from "../investigate/words";
import { ButtonLink, Empty, Notice, Page, Section } from "../ui/basics";
import { Loaded } from "../ui/loaded";
import { SiteMap } from "../ui/site-map";

export default function Groups() {
  const { groups: text, nav, reports, feed } = useText();
  const { purpose } = useSession();
  const { date, money } = useFormats();
  const query = useQuery({ queryKey: ["groups", purpose], queryFn: () => ok(api().GET("/api/groups", { params: { query: { purpose } } })) });
  return (
    <Page title={nav.groups} lead={text.lead}>
      <Loaded query={query}>
        {({ groups }) => groups.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : (
          <ul className="cards" aria-label={nav.groups}>
            {groups.map((each) => (
              <li key={each.reportId} className="row-card">
                <div className="row-main">
                  <h2><Link href={`/groups/${each.reportId}`}>{text.title(each.reports)}</Link></h2>
                  <p className="meta">
                    <span>{text.span(date(each.firstAt), date(each.lastAt))}</span>
                    <span>{text.sites(each.sites)}</span>
                    {each.people > 0 && <span>{reports.people(each.people)}</span>}
                    {each.vehicles > 0 && <span>{reports.vehicles(each.vehicles)}</span>}
                    {each.loss && <span>{feed.lossOf(text.about(money({ amountMinor: each.loss.estimatedMinor, currency: each.loss.currency })))}</span>}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Page>
  );
}

export function GroupPage({ id }: { id: string }) {
  return <Loaded query={useGroup(id)}>{(group) => <Whole group={group} reportId={id} />}</Loaded>;
}

function Whole({ group, reportId }: { group: Group; reportId: string }) {
  const { groups: text } = useText();
  const { date } = useFormats();
  const [chosen, setChosen] = useState<string>();
  const reports = group.nodes.filter((node) => node.kind === "report");
  const between = (edge: Edge) => edge.ends.filter((end) => reports.some(({ id }) => id === end)).length;
  const edges = [...group.edges].sort((one, two) => between(two) - between(one));
  const back = <ButtonLink to={`/reports/${reportId}`}>{text.back}</ButtonLink>;
  if (group.edges.length === 0)
    return <Page title={text.title(reports.length)} actions={back}><Empty title={text.alone}>{text.aloneWhy}</Empty></Page>;
  return (
    <Page title={text.title(reports.length)} lead={group.firstAt && group.lastAt && text.span(date(group.firstAt), date(group.lastAt))} actions={back}>
      {group.truncated && <Notice tone="warn">{text.truncated}</Notice>}
      {group.communities > 1 && <Notice>{text.parts(group.communities)}</Notice>}
      <Sums group={group} />
      <div className="columns">
        <Section title={text.network}>
          <p className="hint">{text.networkWhy}</p>
          <Network group={group} chosen={chosen} onChoose={setChosen} />
          <Key />
          <details>
            <summary>{text.links(group.edges.length)}</summary>
            <ul className="links">{edges.map((edge) => <LinkButton key={edge.id} edge={edge} group={group} chosen={chosen === edge.id} onChoose={() => setChosen(chosen === edge.id ? undefined : edge.id)} />)}</ul>
          </details>
        </Section>
        <div className="beside">
          <Section title={text.chosen}><Chosen group={group} chosen={chosen} /></Section>
          <Section title={text.all}><RecordsList group={group} chosen={chosen} onChoose={setChosen} /></Section>
        </div>
      </div>
      <Section title={text.time}><TimeLine reports={reports} /></Section>
      <Section title={text.map}><Places group={group} /></Section>
    </Page>
  );
}

function Sums({ group }: { group: Group }) {
  const { groups: text } = useText();
  const { number, money } = useFormats();
  const of = (kind: string) => group.nodes.filter((node) => node.kind === kind).length;
  const { loss } = group;
  const amount = (amountMinor: number) => money({ amountMinor, currency: loss!.currency });
  const tiles = [[text.reports, of("report")], [text.sitesTile, new Set(group.nodes.map((node) => node.siteId).filter(Boolean)).size], [text.profiles, of("person") + of("vehicle")]] as const;
  return (
    <>
      <div className="tiles">
        {tiles.filter(([, count]) => count > 0).map(([name, count]) => <div key={name} className="tile"><strong>{number(count)}</strong>{name}</div>)}
        {loss && <div className="tile"><strong>{amount(loss.reportedMinor)}</strong>{text.reported}</div>}
        {loss && loss.withoutValue > 0 && <div className="tile"><strong>{amount(loss.estimatedMinor)}</strong>{text.estimated}</div>}
      </div>
      {loss && loss.withoutValue > 0 && <p className="hint under-tiles">{text.estimatedWhy(loss.withoutValue)}</p>}
    </>
  );
}

/** Every record in order of time, for those who look for one, or cannot see or point. */
function RecordsList({ group, chosen, onChoose }: { group: Group; chosen: string | undefined; onChoose: (id: string) => void }) {
  const { groups: text } = useText();
  const { nodeName } = useNames();
  const nodes = [...group.nodes].sort((one, two) => (one.occurredAt ?? "9").localeCompare(two.occurredAt ?? "9"));
  return (
    <ul className="records-list" aria-label={text.all}>
      {nodes.map((node) => (
        <li key={node.id}>
          <button type="button" className="link-row" aria-pressed={chosen === node.id} onClick={() => onChoose(node.id)}>
            <svg width="24" height="24" viewBox="-20 -20 40 40" className="mark" aria-hidden="true"><Figure kind={node.kind} /></svg>
            <span>{nodeName(node)}</span>
            <span className="hint">{text.links(group.edges.filter(({ ends }) => ends.includes(node.id)).length)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Key() {
  const { belong } = useText();
  return (
    <ul className="key" aria-hidden="true">
      {(["report", "person", "vehicle"] as const).map((kind) => (
        <li key={kind}><svg width="24" height="24" viewBox="-20 -20 40 40" className="mark"><Figure kind={kind} /></svg>{belong[kind]}</li>
      ))}
      {(["certain", "probable", "possible"] as const).map((each) => <li key={each}><svg width="28" height="8" className={`edge ${each}`}><line className="edge-line" x1="0" x2="28" y1="4" y2="4" /></svg>{belong.confidences[each]}</li>)}
    </ul>
  );
}

/** Of a link: its two ends and why. Of a record: what it is, and each of its links. */
function Chosen({ group, chosen }: { group: Group; chosen: string | undefined }) {
  const { groups: text } = useText();
  const { nodeName } = useNames();
  const edge = group.edges.find(({ id }) => id === chosen);
  const node = group.nodes.find(({ id }) => id === chosen);
  return (
    <div role="status">
      {edge && <Behind edge={edge} group={group} />}
      {node && (
        <div className="stack">
          <h3><Link href={addressOf(node)}>{nodeName(node)}</Link></h3>
          <ul className="items">
            {group.edges.filter(({ ends: both }) => both.includes(node.id)).map((each) => {
              const other = group.nodes.find(({ id }) => id !== node.id && each.ends.includes(id));
              return <li key={each.id}>{other && <Link href={addressOf(other)}>{nodeName(other)}</Link>}<WhyLinked link={each} /></li>;
            })}
          </ul>
        </div>
      )}
      {!edge && !node && <p className="hint">{text.nothingChosen}</p>}
    </div>
  );
}

/** The two ends of a link, and why somebody joined them. */
function Behind({ edge, group }: { edge: Edge; group: Group }) {
  const { nodeName } = useNames();
  const ends = group.nodes.filter(({ id }) => edge.ends.includes(id));
  return (
    <div className="stack">
      <ul className="ends">{ends.map((end) => <li key={end.id}><Link href={addressOf(end)}>{nodeName(end)}</Link></li>)}</ul>
      <WhyLinked link={edge} />
    </div>
  );
}

function LinkButton({ edge, group, chosen, onChoose }: { edge: Edge; group: Group; chosen: boolean; onChoose: () => void }) {
  const { groups: text } = useText();
  const { nodeName } = useNames();
  const ends = group.nodes.filter(({ id }) => edge.ends.includes(id));
  const [one, two] = ends.map(nodeName);
  return (
    <li>
      <button type="button" className="link-row" aria-expanded={chosen} onClick={onChoose}>
        <span>{text.between(one ?? "", two ?? "")}</span> <Sureness confidence={edge.confidence} />
      </button>
      {chosen && <div className="link-why"><Behind edge={edge} group={group} /></div>}
    </li>
  );
}

function Places({ group }: { group: Group }) {
  const { map: text, groups } = useText();
  const { date } = useFormats();
  const way = group.nodes.flatMap((node) => (node.siteId ? [node.siteId] : []));
  return (
    <>
      <SiteMap spots={group.places.map((place) => ({ ...place, id: place.siteId, count: place.reports }))} way={way} />
      <ul className="places-list">
        {group.places.map((place) => <li key={place.siteId}><strong>{place.name}</strong> <span className="hint">{text.count(place.reports)}, {place.firstAt === place.lastAt ? date(place.firstAt) : groups.span(date(place.firstAt), date(place.lastAt))}</span></li>)}
      </ul>
    </>
  );
}
