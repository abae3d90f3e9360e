/** One request: who asks for what, how far it is, what was found, and the answer. */
import { Link } from "wouter";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Badge, Empty, Facts, Notice, Page, Section, Server } from "../../ui/basics";
import { Loaded } from "../../ui/loaded";
import { Asking, Identity, Receipt } from "./acting";
import { Answering } from "./answer";
import { decisionOf, needsDecision, undecided, useCase, useRecords, type Records, type RightsCase } from "./case";
import { Clock } from "./clock";
import { useSaid } from "./said";

export function RequestPage({ id }: { id: string }) {
  return <Loaded query={useCase(id)}>{({ value, etag }) => <Request found={value} etag={etag} />}</Loaded>;
}

function Request({ found, etag }: { found: RightsCase; etag: string }) {
  const { privacy: text } = useText();
  const open = found.state === "open";
  const records = useRecords(found.id, open);
  return (
    <Page title={`${text.request} ${found.reference}`} lead={<>{found.kinds.map((kind) => text.kinds[kind]).join(", ")} {open && <Clock clock={found.clock} />}</>}>
      <Steps found={found} records={records.data} />
      <div className="columns">
        <div>
          <Who found={found} />
          {open && <Loaded query={records}>{(all) => <><Records found={found} all={all} /><Answering found={found} etag={etag} records={all} /></>}</Loaded>}
          {!open && <Answered found={found} />}
          <Messages found={found} />
        </div>
        <div>
          {open && !found.acknowledgedAt && <Receipt found={found} etag={etag} />}
          {open && <Identity found={found} etag={etag} />}
          <Times found={found} />
          {open && <Asking found={found} etag={etag} />}
        </div>
      </div>
    </Page>
  );
}

/** How far it is. What is done is said in words as well, not by colour alone. */
function Steps({ found, records }: { found: RightsCase; records: Records | undefined }) {
  const { answering: text } = useText();
  const answered = found.state !== "open";
  const all = records?.records ?? [];
  const unknown = found.proof.result === "not_confirmed";
  const left = undecided(found, all).length;
  const steps: [string, boolean][] = [
    [text.stepReceipt, !!found.acknowledgedAt || answered],
    [text.stepIdentity, answered || found.proof.result === "confirmed" || unknown],
    [unknown ? text.stepNothing : text.stepDecide(all.length - left, all.length), answered || unknown || (!!records && left === 0)],
    [text.stepSend, answered],
  ];
  return (
    <ol className="steps" aria-label={text.steps}>
      {steps.map(([name, done]) => <li key={name} className={done ? "done" : ""}>{name}<span className="sr">: {done ? text.done : text.open}</span></li>)}
    </ol>
  );
}

function Who({ found }: { found: RightsCase }) {
  const { privacy: text } = useText();
  const { date } = useFormats();
  const { facts } = found;
  return (
    <Section title={text.who}>
      <Facts rows={[
        [text.name, facts.fullName], [text.born, date(facts.dateOfBirth)], [text.contact, found.contact], [text.phone, facts.phone], [text.place, facts.incident.place], [text.on, [date(facts.incident.on), facts.incident.about].filter(Boolean).join(", ")],
        [text.plates, facts.plates?.length ? facts.plates.join(", ") : null], [text.details, facts.details], [text.agent, facts.agent && `${facts.agent.name}: ${facts.agent.authority}`],
        [text.whyHere, found.whyHere.map((each) => text.reasons[each]).join(", ")],
      ]} />
    </Section>
  );
}

function Records({ found, all }: { found: RightsCase; all: Records }) {
  const { answering: text, privacy } = useText();
  const said = useSaid();
  const { date } = useFormats();
  const strange = found.kinds.filter((kind) => !all.knownKinds.includes(kind));
  return (
    <Section title={text.found}>
      {strange.length > 0 && <Notice tone="warn">{text.unknownKinds(strange.map((kind) => privacy.kinds[kind]).join(", "), found.clock.regimeName)}</Notice>}
      {all.records.length === 0 ? <Empty title={text.nothingFound}>{text.nothingFoundWhy}</Empty> : (
        <>
          <p className="hint">{text.foundHint}</p>
          <ul className="cards">
            {all.records.map((each) => {
              const decision = decisionOf(found, each.id);
              return (
                <li key={each.id} className="row-card">
                  <div className="row-main">
                    <h3><Link href={`/privacy/requests/${found.id}/records/${each.id}`}>{text.holdings[each.kind] ?? each.kind}{typeof each.content["occurredAt"] === "string" && `, ${date(each.content["occurredAt"])}`}</Link></h3>
                    <p className="meta"><span>{text.why[each.whyFound]}</span>{each.held && <Badge tone="warn">{text.held}</Badge>}</p>
                    {decision && <p>{said(decision)}</p>}
                  </div>
                  {decision ? <Badge tone="good">{text.decided}</Badge> : needsDecision(found, each) ? <Badge tone="warn">{text.undecided}</Badge> : <Badge>{text.needsNone}</Badge>}
                </li>
              );
            })}
          </ul>
        </>
      )}
    </Section>
  );
}

function Answered({ found }: { found: RightsCase }) {
  const { answering: text } = useText();
  const { dateTime } = useFormats();
  const said = useSaid(true);
  return (
    <Section title={text.answered}>
      <Notice tone="good">{text.answeredAt(found.answeredAt ? dateTime(found.answeredAt) : "")}</Notice>
      {found.decisions.length > 0 && <ul>{found.decisions.map((each) => <li key={each.recordId}>{text.holdings[each.decision.kind] ?? each.decision.kind}: {said(each.decision)}</li>)}</ul>}
    </Section>
  );
}

function Messages({ found }: { found: RightsCase }) {
  const { privacy: text, answering, app } = useText();
  const { dateTime } = useFormats();
  return (
    <Section title={text.messages}>
      {found.messages.length === 0 ? <p className="hint">{app.none}</p> : (
        <ol className="timeline">{found.messages.map((message) => <li key={message.at + message.topic}><strong>{message.sender === "person" ? found.facts.fullName : message.organisation}</strong> <time className="hint" dateTime={message.at}>{dateTime(message.at)}</time><p className="hint">{answering.topics[message.topic]}</p>{message.text && <p className="story">{message.text}</p>}</li>)}</ol>
      )}
    </Section>
  );
}

function Times({ found }: { found: RightsCase }) {
  const { privacy: text, answering } = useText();
  const { date, dateTime } = useFormats();
  const { clock } = found;
  return (
    <Section title={text.clock}>
      <Facts rows={[
        [text.regime, <Server key="regime">{clock.regimeName}</Server>], [text.receivedOn, date(clock.receivedOn)], [text.target, date(clock.targetOn)], [text.due, date(clock.dueOn)],
        [text.latest, clock.latestOn && date(clock.latestOn)], [answering.extended, clock.extended && date(clock.extended.until)], [text.acknowledgedAt, found.acknowledgedAt ? dateTime(found.acknowledgedAt) : text.notAcknowledged],
        [text.identity, text.identities[found.proof.result ?? "unconfirmed"]], [text.forgotten, date(found.disposeAt)],
      ]} />
    </Section>
  );
}
