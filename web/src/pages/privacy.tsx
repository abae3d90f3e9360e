/** The privacy office: people's requests with their clocks, how long data is kept, what is held, and what a breach demands. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, freshKey, ok, withEtag, type Answer, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Empty, Facts, Notice, Page, Section, Server, scrolling } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Choices, localValue, Select, Several, TextArea, TextField } from "../ui/form";
import { Failure, Loaded, Loading } from "../ui/loaded";
import { Tabs } from "../ui/tabs";

type RightsCase = Answer<"rights_read">;
type Hold = Schemas["HoldView"];
const DAY_MS = 86_400_000;

export default function Privacy({ tab }: { tab: string }) {
  const { privacy: text, nav } = useText();
  const { has } = useSession();
  const [, navigate] = useLocation();
  const all = [
    { id: "requests", title: text.requests, content: () => <Requests /> },
    { id: "retention", title: text.retention, content: () => <Retention /> },
    { id: "holds", title: text.holds, content: () => <Holds /> },
    { id: "certificates", title: text.certificates, content: () => <Certificates /> },
    { id: "breach", title: text.breach, content: () => <Breach /> },
  ].filter(({ id }) => id !== "requests" || has("privacy_officer"));
  const selected = all.some(({ id }) => id === tab) ? tab : all[0]!.id;
  return (
    <Page title={nav.privacy}>
      <Tabs label={nav.privacy} tabs={all} selected={selected} onSelect={(id) => navigate(`/privacy/${id}`)} />
    </Page>
  );
}

function Requests() {
  const { privacy: text } = useText();
  const { date } = useFormats();
  const board = useQuery({ queryKey: ["rights", "board"], queryFn: () => ok(api().GET("/api/rights/board")) });
  return (
    <Loaded query={board}>
      {(found) => (
        <>
          <div className="tiles">
            <p className="tile"><strong>{found.open}</strong> {text.openRequests}</p>
            <p className={`tile ${found.overdue ? "bad" : ""}`}><strong>{found.overdue}</strong> {text.overdue}</p>
            <p className="tile"><strong>{found.dueWithinAWeek}</strong> {text.dueSoon}</p>
            <p className="tile"><strong>{found.notAcknowledged}</strong> {text.notAcknowledged}</p>
          </div>
          {found.cases.length === 0 ? <Empty title={text.noRequests}>{text.noRequestsWhy}</Empty> : (
            <ul className="cards">
              {found.cases.map((each) => (
                <li key={each.id} className={`row-card ${each.clock.overdue ? "urgent" : ""}`}>
                  <div className="row-main">
                    <h2><Link href={`/privacy/requests/${each.id}`}>{each.kinds.map((kind) => text.kinds[kind]).join(", ")} ({each.reference})</Link></h2>
                    <p className="meta">
                      <span>{text.received(date(each.receivedAt))}</span>
                      <Badge tone={each.clock.overdue ? "bad" : each.clock.daysLeft < 7 ? "warn" : "info"}>{each.clock.paused ? text.paused : each.clock.overdue ? text.overdue : text.daysLeft(each.clock.daysLeft)}</Badge>
                      <span>{text.identities[each.identity]}</span>{!each.acknowledged && <Badge tone="warn">{text.notAcknowledged}</Badge>}
                    </p>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Loaded>
  );
}

export function RequestPage({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["rights", "case", id],
    queryFn: () => withEtag(api().GET("/api/rights/cases/{caseId}", { params: { path: { caseId: id } } })),
  });
  return <Loaded query={query}>{({ value, etag }) => <Request found={value} etag={etag} />}</Loaded>;
}

function Request({ found, etag }: { found: RightsCase; etag: string }) {
  const { privacy: text, app } = useText();
  const { date, dateTime } = useFormats();
  const { facts, clock } = found;
  return (
    <Page title={`${text.request} ${found.reference}`} lead={found.kinds.map((kind) => text.kinds[kind]).join(", ")}>
      <div className="columns">
        <div>
          <Section title={text.who}>
            <Facts rows={[
              [text.name, facts.fullName], [text.born, facts.dateOfBirth], [text.contact, found.contact], [text.phone, facts.phone], [text.place, facts.incident.place], [text.on, facts.incident.on],
              [text.about, facts.incident.about], [text.plates, facts.plates?.length ? facts.plates.join(", ") : null], [text.details, facts.details], [text.agent, facts.agent?.name],
              [text.whyHere, found.whyHere.map((each) => text.reasons[each]).join(", ")],
            ]} />
          </Section>
          <Section title={text.messages}>
            {found.messages.length === 0 ? <p className="hint">{app.none}</p> : (
              <ol className="timeline">{found.messages.map((message) => <li key={message.at}><strong>{message.sender === "person" ? facts.fullName : message.organisation}</strong> <time className="hint" dateTime={message.at}>{dateTime(message.at)}</time><p className="story">{message.text}</p></li>)}</ol>
            )}
          </Section>
        </div>
        <div>
          <Section title={text.clock}>
            <p><Badge tone={clock.overdue ? "bad" : clock.daysLeft < 7 ? "warn" : "info"}>{clock.paused ? text.paused : clock.overdue ? text.overdue : text.daysLeft(clock.daysLeft)}</Badge></p>
            <Facts rows={[
              [text.regime, <Server key="regime">{clock.regimeName}</Server>], [text.receivedOn, date(clock.receivedOn)], [text.target, date(clock.targetOn)], [text.due, date(clock.dueOn)],
              [text.latest, clock.latestOn && date(clock.latestOn)], [text.acknowledgedAt, found.acknowledgedAt ? dateTime(found.acknowledgedAt) : text.notAcknowledged], [text.identity, text.identities[found.proof.result ?? "unconfirmed"]],
              [text.forgotten, date(found.disposeAt)],
            ]} />
          </Section>
          <Acting found={found} etag={etag} />
        </div>
      </div>
    </Page>
  );
}

function Acting({ found, etag }: { found: RightsCase; etag: string }) {
  const { privacy: text } = useText();
  const queries = useQueryClient();
  const [message, setMessage] = useState("");
  const [proof, setProof] = useState({ result: "", how: "facts_match", note: "" });
  const [reason, setReason] = useState("clarification");
  const params = { path: { caseId: found.id }, header: { "If-Match": etag } };
  const refresh = async () => {
    setMessage("");
    await queries.invalidateQueries({ queryKey: ["rights"] });
  };
  const acknowledge = useMutation({ mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/acknowledgement", { params, body: { ...(message && { message }) } })), onSuccess: refresh });
  const ask = useMutation({ mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/questions", { params, body: { reason: reason as "clarification", message } })), onSuccess: refresh });
  const prove = useMutation({
    mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/identity", {
      params, body: { result: proof.result as "confirmed", note: proof.note, ...(proof.result === "confirmed" && { how: proof.how as "facts_match" }) },
    })),
    onSuccess: refresh,
  });
  const error = acknowledge.error ?? ask.error ?? prove.error;
  if (found.state !== "open") return <Notice tone="good">{text.answered}</Notice>;
  return (
    <>
      {error && <Failure error={error} retry={() => void refresh()} />}
      {!found.acknowledgedAt && (
        <Section title={text.acknowledge}>
          <p>{text.acknowledgeWhy}</p>
          <Button look="primary" busy={acknowledge.isPending} onClick={() => acknowledge.mutate()}>{text.acknowledge}</Button>
        </Section>
      )}
      {found.proof.result === undefined || found.proof.result === "unconfirmed" ? (
        <Section title={text.checkIdentity}>
          <form className="stack" onSubmit={(event) => { event.preventDefault(); prove.mutate(); }}>
            <Choices legend={text.identity} name="identity" value={proof.result} onChange={(result) => setProof({ ...proof, result })} options={[["confirmed", text.identities["confirmed"]!], ["not_confirmed", text.identities["not_confirmed"]!]]} />
            {proof.result === "confirmed" && <Select label={text.how} value={proof.how} onChange={(event) => setProof({ ...proof, how: event.target.value })} options={Object.entries(text.proofs)} />}
            <TextArea label={text.note} required maxLength={2000} value={proof.note} onChange={(event) => setProof({ ...proof, note: event.target.value })} />
            <Button type="submit" busy={prove.isPending} disabled={!proof.result}>{text.record}</Button>
          </form>
        </Section>
      ) : null}
      <Section title={text.askBack}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); ask.mutate(); }}>
          <p className="hint">{text.askWhy}</p>
          <Select label={text.reason} value={reason} onChange={(event) => setReason(event.target.value)} options={Object.entries(text.waits)} />
          <TextArea label={text.message} required maxLength={2000} value={message} onChange={(event) => setMessage(event.target.value)} />
          <Button type="submit" busy={ask.isPending}>{text.send}</Button>
        </form>
      </Section>
    </>
  );
}

function Retention() {
  const { privacy: text } = useText();
  const { has } = useSession();
  const [horizon, setHorizon] = useState("30");
  const schedule = useQuery({ queryKey: ["retention", "schedule"], queryFn: () => withEtag(api().GET("/api/retention/schedule")) });
  const progress = useQuery({ queryKey: ["retention", "progress"], queryFn: () => ok(api().GET("/api/retention/progress")) });
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/retention/preview", { body: { at: new Date(Date.now() + Number(horizon) * DAY_MS).toISOString() } })) });
  return (
    <>
      <Section title={text.whatGoes}>
        <form className="filters" onSubmit={(event) => { event.preventDefault(); preview.mutate(); }}>
          <TextField label={text.inDays} type="number" min={0} max={3650} required value={horizon} onChange={(event) => setHorizon(event.target.value)} />
          <Button type="submit" busy={preview.isPending}>{text.count}</Button>
        </form>
        {preview.error && <Failure error={preview.error} />}
        {preview.data && (
          <div {...scrolling} aria-live="polite">
            <table>
              <caption>{text.wouldGo(preview.data.total)}</caption>
              <thead><tr><th scope="col">{text.category}</th><th scope="col" className="number">{text.goes}</th><th scope="col" className="number">{text.held}</th></tr></thead>
              <tbody>{preview.data.counts.map((each) => <tr key={each.category}><td><Server>{each.category}</Server></td><td className="number">{each.count}</td><td className="number">{each.held}</td></tr>)}</tbody>
            </table>
          </div>
        )}
      </Section>
      <Loaded query={progress}>
        {(found) => found.failures.length > 0 ? <Notice tone="bad" title={text.failing(found.failures.length)}><ul>{found.failures.map((each) => <li key={each.id}><Server>{each.kind}: {each.error} ({each.times})</Server></li>)}</ul></Notice> : <Notice tone="good">{text.nothingFails}</Notice>}
      </Loaded>
      <Section title={text.rules}>
        <Loaded query={schedule}>
          {({ value, etag }) => (
            <div {...scrolling}>
              <table>
                <caption>{text.rulesWhy}</caption>
                <thead><tr><th scope="col">{text.category}</th><th scope="col">{text.period}</th><th scope="col">{text.starts}</th><th scope="col">{text.source}</th><td /></tr></thead>
                <tbody>
                  {value.rules.map((rule) => (
                    <tr key={rule.category}>
                      <th scope="row"><Server>{rule.category}</Server><p className="hint"><Server>{rule.says}</Server></p></th>
                      <td><Server>{rule.inWords}</Server> {rule.shortened && <Badge tone="info">{text.shortened}</Badge>}</td>
                      <td><Server>{rule.starts}</Server></td><td className="hint"><Server>{rule.source}</Server></td>
                      <td>{has("privacy_officer") && <Shorten rule={rule} all={value} etag={etag} />}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </Loaded>
      </Section>
    </>
  );
}

function Shorten({ rule, all, etag }: { rule: Answer<"retention_schedule">["rules"][number]; all: Answer<"retention_schedule">; etag: string }) {
  const { privacy: text } = useText();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [period, setPeriod] = useState(rule.period);
  const shortened = { ...Object.fromEntries(all.rules.filter((each) => each.shortened).map((each) => [each.category, each.period])), [rule.category]: period };
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/retention/preview", { body: { shortened } })) });
  const set = useMutation({
    mutationFn: () => ok(api().PUT("/api/retention/schedule", { params: { header: { "If-Match": etag || all.etag } }, body: { shortened } })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["retention"] });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`${text.shorten}: ${rule.category}`}>{text.shorten}</Button>
      <Dialog open={open} title={`${text.shorten}: ${rule.category}`} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); preview.mutate(); }}>
          <TextField label={text.period} hint={text.periodHint(rule.floor ?? "-", rule.ceiling)} required pattern="P.+" value={period} onChange={(event) => setPeriod(event.target.value)} />
          <Button type="submit" busy={preview.isPending}>{text.count}</Button>
          {(preview.error ?? set.error) && <Failure error={preview.error ?? set.error} />}
          {preview.data && <Notice tone="warn" role="status">{text.wouldGo(preview.data.total)}</Notice>}
          <Button look="danger" disabled={!preview.data} busy={set.isPending} onClick={() => set.mutate()}>{text.set}</Button>
        </form>
      </Dialog>
    </>
  );
}

function Holds() {
  const { privacy: text } = useText();
  const { has } = useSession();
  const { date } = useFormats();
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ["holds"], queryFn: () => ok(api().GET("/api/retention/holds")) });
  return (
    <Section title={text.holds} actions={has("privacy_officer") && <Button look="primary" onClick={() => setAdding(true)}>{text.hold}</Button>}>
      <p className="hint">{text.holdsWhy}</p>
      <Dialog open={adding} title={text.hold} onClose={() => setAdding(false)}><AddHold done={() => setAdding(false)} /></Dialog>
      <Loaded query={query}>
        {({ holds }) => holds.length === 0 ? <Empty title={text.noHolds} /> : (
          <ul className="items">
            {holds.map((hold) => (
              <li key={hold.id}>
                <strong>{hold.caseReference}</strong>
                <p>{hold.reason}</p>
                <span className="meta"><span>{text.records(hold.records.length)}</span><span>{text.holdsUntil(date(hold.holdsUntil))}</span><span>{text.reviewBy(date(hold.reviewAt))}</span>{hold.needsApproval && !hold.approvedBy && <Badge tone="warn">{text.needsSecond}</Badge>}</span>
                {has("privacy_officer") && !hold.releasedAt && <OfHold hold={hold} />}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

function OfHold({ hold }: { hold: Hold }) {
  const { privacy: text } = useText();
  const { me } = useSession();
  const queries = useQueryClient();
  const params = { path: { holdId: hold.id }, header: { "If-Match": hold.etag } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["holds"] });
  const release = useMutation({ mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/release", { params })), onSuccess: refresh });
  const approve = useMutation({ mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/approval", { params })), onSuccess: refresh });
  const review = useMutation({
    mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/review", { params, body: { reviewAt: new Date(Math.min(Date.now() + 89 * DAY_MS, Date.parse(hold.until))).toISOString() } })),
    onSuccess: refresh,
  });
  const error = release.error ?? approve.error ?? review.error;
  return (
    <div className="actions">
      {error && <Failure error={error} retry={() => void refresh()} />}
      <Button busy={review.isPending} onClick={() => review.mutate()}>{text.stillNeeded}</Button>
      {hold.needsApproval && !hold.approvedBy && hold.requestedBy !== me.userId && <Button busy={approve.isPending} onClick={() => approve.mutate()}>{text.agree}</Button>}
      <Button look="danger" busy={release.isPending} onClick={() => release.mutate()} aria-label={`${text.release}: ${hold.caseReference}`}>{text.release}</Button>
    </div>
  );
}

function AddHold({ done }: { done: () => void }) {
  const { privacy: text, cases } = useText();
  const queries = useQueryClient();
  const [form, setForm] = useState({ kind: "report", id: "", reason: "", caseReference: "", until: localValue(new Date(Date.now() + 90 * DAY_MS)).slice(0, 10) });
  const add = useMutation({
    mutationFn: () => ok(api().POST("/api/retention/holds", {
      params: { header: { "Idempotency-Key": freshKey() } },
      body: { records: [{ kind: form.kind as "report", id: form.id.trim().split("/").pop()!.split("?")[0]! }], reason: form.reason, caseReference: form.caseReference, until: `${form.until}T00:00:00Z` },
    })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["holds"] });
      done();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
      <Select label={cases.kind} value={form.kind} onChange={(event) => setForm({ ...form, kind: event.target.value })} options={["report", "evidence", "case"].map((each) => [each, cases.kinds[each]!])} />
      <TextField label={cases.address} hint={cases.addressHint} required value={form.id} onChange={(event) => setForm({ ...form, id: event.target.value })} />
      <TextArea label={text.reason} required minLength={5} maxLength={2000} value={form.reason} onChange={(event) => setForm({ ...form, reason: event.target.value })} />
      <TextField label={text.caseReference} required maxLength={60} value={form.caseReference} onChange={(event) => setForm({ ...form, caseReference: event.target.value })} />
      <TextField label={text.holdUntil} type="date" required value={form.until} onChange={(event) => setForm({ ...form, until: event.target.value })} />
      {add.error && <Failure error={add.error} />}
      <Button look="primary" type="submit" busy={add.isPending}>{text.hold}</Button>
    </form>
  );
}

function Certificates() {
  const { privacy: text, app } = useText();
  const { dateTime } = useFormats();
  const query = useInfiniteQuery({
    queryKey: ["certificates"],
    queryFn: ({ pageParam }) => ok(api().GET("/api/retention/certificates", { params: { query: { limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.certificates) ?? [];
  return (
    <>
      <p className="hint">{text.certificatesWhy}</p>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} /> : found.length === 0 ? <Empty title={text.noCertificates} /> : (
        <ul className="cards">
          {found.map((each) => (
            <li key={each.id} className="row-card">
              <div className="row-main">
                <h2><Server>{each.category}</Server></h2>
                <p className="meta"><time dateTime={each.disposedAt}>{dateTime(each.disposedAt)}</time><code>{each.subject}</code></p>
                <details><summary>{text.certificate}</summary><pre lang="en" className="note">{each.note}</pre></details>
              </div>
            </li>
          ))}
        </ul>
      )}
      {query.hasNextPage && <Button onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </>
  );
}

function Breach() {
  const { privacy: text } = useText();
  const { me } = useSession();
  const { dateTime } = useFormats();
  const [form, setForm] = useState({ jurisdictions: me.organisation.jurisdiction, awareAt: localValue(new Date()), risk: "likely", people: "1", unreadable: [] as string[] });
  const ask = useMutation({
    mutationFn: () => ok(api().GET("/api/breaches/deadlines", {
      params: { query: {
        jurisdictions: form.jurisdictions, awareAt: new Date(form.awareAt).toISOString(), risk: form.risk as "likely", people: Number(form.people), ...(form.unreadable.length > 0 && { unreadable: true }),
      } },
    })),
  });
  return (
    <>
      <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); ask.mutate(); }}>
        <p>{text.breachWhy}</p>
        <TextField label={text.jurisdictions} required value={form.jurisdictions} onChange={(event) => setForm({ ...form, jurisdictions: event.target.value })} />
        <TextField label={text.awareAt} type="datetime-local" required value={form.awareAt} onChange={(event) => setForm({ ...form, awareAt: event.target.value })} />
        <Choices legend={text.risk} name="risk" value={form.risk} onChange={(risk) => setForm({ ...form, risk })} options={Object.entries(text.risks)} />
        <TextField label={text.people} type="number" min={1} required value={form.people} onChange={(event) => setForm({ ...form, people: event.target.value })} />
        <Several legend={text.data} value={form.unreadable} onChange={(unreadable) => setForm({ ...form, unreadable })} options={[["unreadable", text.unreadable]]} />
        {ask.error && <Failure error={ask.error} />}
        <Button look="primary" type="submit" busy={ask.isPending}>{text.whoToTell}</Button>
      </form>
      {ask.data && (
        <div role="status"><ul className="cards">
          {ask.data.duties.map((duty) => (
            <li key={duty.id} className={`row-card ${duty.passed ? "urgent" : ""}`}>
              <div className="row-main">
                <h2><Server>{duty.whom}</Server></h2>
                <p className="meta"><Badge tone={duty.passed ? "bad" : "warn"}>{duty.dueAt ? dateTime(duty.dueAt) : text.atOnce}</Badge><Server>{duty.regime}</Server></p>
                <p><Server>{duty.says}</Server></p>
                <p className="hint"><Server>{duty.source}</Server>{!duty.sourceRead && ` ${text.unread}`}</p>
              </div>
            </li>
          ))}
          {ask.data.uncovered.length > 0 && <li><Notice tone="warn">{text.uncovered(ask.data.uncovered.join(", "))}</Notice></li>}
        </ul></div>
      )}
    </>
  );
}
