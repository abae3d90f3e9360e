/** Cases: what belongs together, what is to be done about it, and what is handed to a court. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { api, freshKey, ok, withEtag, type Answer, type Schemas } from "../api/client";
import { useContent } from "../evidence/content";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Empty, Facts, Notice, Page, Section, Server } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select, Several, TextField } from "../ui/form";
import { Failure, Loaded, Loading } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";

type Case = Answer<"cases_read">;
type Bundle = Schemas["BundleView"];
const LINKED = ["report", "evidence", "profile"] as const;
type LinkedKind = (typeof LINKED)[number];

export default function Cases() {
  const { cases: text, nav, app } = useText();
  const { purpose, has } = useSession();
  const { date } = useFormats();
  const [status, setStatus] = useState("");
  const [opening, setOpening] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["cases", status, purpose],
    queryFn: ({ pageParam }) => ok(api().GET("/api/cases", { params: { query: { purpose, limit: 25, ...(status && { status: status as Case["status"] }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.cases) ?? [];
  return (
    <Page title={nav.cases} lead={text.lead} actions={has("investigator") && <Button look="primary" onClick={() => setOpening(true)}>{text.open}</Button>}>
      <Dialog open={opening} title={text.open} onClose={() => setOpening(false)}><OpenCase /></Dialog>
      <div className="filters"><Select label={app.state} value={status} onChange={(event) => setStatus(event.target.value)} options={[["", app.all], ...Object.entries(text.statuses)]} /></div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : (
          <ul className="cards">
            {found.map((each) => (
              <li key={each.id} className={`row-card ${each.overdue ? "urgent" : ""}`}>
                <div className="row-main">
                  <h2><Link href={`/cases/${each.id}`}>{each.title}</Link></h2>
                  <p className="meta"><Badge>{text.statuses[each.status]}</Badge><span>{text.records(each.records)}</span><span>{text.tasksOpen(each.openTasks)}</span>{each.deadline && <span>{text.due(date(each.deadline))}</span>}</p>
                </div>
              </li>
            ))}
          </ul>
        )}
      {query.hasNextPage && <Button onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Page>
  );
}

function OpenCase() {
  const { cases: text, fields } = useText();
  const { purpose } = useSession();
  const [, navigate] = useLocation();
  const [form, setForm] = useState({ title: "", reason: "", policeReference: "" });
  const open = useMutation({
    mutationFn: () => ok(api().POST("/api/cases", {
      params: { query: { purpose }, header: { "Idempotency-Key": freshKey() } },
      body: { title: form.title, reason: form.reason, ...(form.policeReference && { policeReference: form.policeReference }) },
    })),
    onSuccess: ({ id }) => navigate(`/cases/${id}`),
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); open.mutate(); }}>
      <TextField label={text.title} required maxLength={120} value={form.title} onChange={(event) => setForm({ ...form, title: event.target.value })} />
      <ScreenedText label={text.reason} required rows={3} maxLength={2000} value={form.reason} onChange={(reason) => setForm({ ...form, reason })} />
      <TextField label={fields["policeReference"]!} optional maxLength={60} value={form.policeReference} onChange={(event) => setForm({ ...form, policeReference: event.target.value })} />
      {open.error && <Failure error={open.error} />}
      <Button look="primary" type="submit" busy={open.isPending}>{text.open}</Button>
    </form>
  );
}

export function CasePage({ id }: { id: string }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["case", id, purpose],
    queryFn: () => withEtag(api().GET("/api/cases/{caseId}", { params: { path: { caseId: id }, query: { purpose } } })),
  });
  return <Loaded query={query}>{({ value, etag }) => <Whole case={value} etag={etag} />}</Loaded>;
}

function useChange(found: Case, etag: string) {
  const { purpose } = useSession();
  const queries = useQueryClient();
  const params = { path: { caseId: found.id }, query: { purpose }, header: { "If-Match": etag } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["case", found.id] });
  return { params, refresh };
}

function Whole({ case: found, etag }: { case: Case; etag: string }) {
  const { cases: text, fields, profiles: { subjects } } = useText();
  const { has } = useSession();
  const { dateTime, date } = useFormats();
  const mine = has("investigator");
  return (
    <Page title={found.title} lead={found.summary} actions={mine && <ChangeStatus case={found} etag={etag} />}>
      <div className="columns">
        <div>
          <Section title={text.facts}>
            <Facts rows={[
              [fields["status"]!, text.statuses[found.status]], [text.outcome, found.outcome && text.outcomes[found.outcome]], [fields["policeReference"]!, found.policeReference],
              [text.deadline, found.deadline && date(found.deadline)], [text.opened, dateTime(found.openedAt)], [text.forgotten, date(found.disposeAt)],
            ]} />
          </Section>
          <Section title={text.belongs}>
            <ul className="items">
              {found.records.map((record) => (
                <li key={record.id}>
                  {record.present ? <Link href={`/${record.kind === "report" ? "reports" : "evidence"}/${record.id}`}>{text.kinds[record.kind]}</Link> : <span className="hint">{text.kinds[record.kind]}: {text.gone}</span>}
                  <p>{record.reason}</p>
                </li>
              ))}
              {found.profiles.map((profile, index) => (
                <li key={profile.id ?? index}>
                  {profile.id ? <Link href={`/profiles/${profile.id}`}>{subjects[profile.subject!]}</Link> : <span className="hint">{text.profileHidden}</span>}
                  {profile.disputed && <Badge tone="warn">{text.disputed}</Badge>}
                  {profile.reason && <p>{profile.reason}</p>}
                </li>
              ))}
            </ul>
            {mine && <LinkRecord case={found} etag={etag} />}
          </Section>
          <Section title={text.notes}>
            <ul className="items">{found.notes.map((note) => <li key={note.writtenAt}><p className="story">{note.text}</p><span className="hint">{dateTime(note.writtenAt)}</span></li>)}</ul>
            {mine && <Writing label={text.note} save={text.addNote} case={found} etag={etag} path="/api/cases/{caseId}/notes" />}
          </Section>
        </div>
        <div>
          <Section title={text.tasks}>
            <ul className="items">{found.tasks.map((task) => <TaskItem key={task.id} task={task} case={found} etag={etag} />)}</ul>
            {mine && <Writing label={text.task} save={text.addTask} case={found} etag={etag} path="/api/cases/{caseId}/tasks" />}
          </Section>
          <Bundles case={found} />
        </div>
      </div>
    </Page>
  );
}

function ChangeStatus({ case: found, etag }: { case: Case; etag: string }) {
  const { cases: text, app } = useText();
  const { params, refresh } = useChange(found, etag);
  const change = useMutation({ mutationFn: (status: Case["status"]) => ok(api().PATCH("/api/cases/{caseId}", { params, body: { status } })), onSuccess: refresh });
  return (
    <>
      {change.error && <Failure error={change.error} retry={() => void refresh()} />}
      <Select label={app.state} value={found.status} disabled={change.isPending} onChange={(event) => change.mutate(event.target.value as Case["status"])} options={Object.entries(text.statuses)} />
    </>
  );
}

function LinkRecord({ case: found, etag }: { case: Case; etag: string }) {
  const { cases: text } = useText();
  const { params, refresh } = useChange(found, etag);
  const [form, setForm] = useState({ id: "", kind: "report" as LinkedKind, reason: "" });
  const link = useMutation({
    mutationFn: () => ok(api().POST("/api/cases/{caseId}/records", { params, body: { ...form, id: form.id.trim().split("/").pop()!.split("?")[0]! } })),
    onSuccess: async () => {
      setForm({ ...form, id: "", reason: "" });
      await refresh();
    },
  });
  return (
    <details>
      <summary>{text.link}</summary>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); link.mutate(); }}>
        <Select label={text.kind} value={form.kind} onChange={(event) => setForm({ ...form, kind: event.target.value as LinkedKind })} options={LINKED.map((each) => [each, text.kinds[each]!])} />
        <TextField label={text.address} hint={text.addressHint} required value={form.id} onChange={(event) => setForm({ ...form, id: event.target.value })} />
        <ScreenedText label={text.why} required rows={2} maxLength={2000} value={form.reason} onChange={(reason) => setForm({ ...form, reason })} />
        {link.error && <Failure error={link.error} retry={() => void refresh()} />}
        <Button type="submit" busy={link.isPending}>{text.link}</Button>
      </form>
    </details>
  );
}

function Writing({ label, save, case: found, etag, path }: { label: string; save: string; case: Case; etag: string; path: "/api/cases/{caseId}/notes" | "/api/cases/{caseId}/tasks" }) {
  const { params, refresh } = useChange(found, etag);
  const [words, setWords] = useState("");
  const add = useMutation({
    mutationFn: () => ok(api().POST(path, { params, body: { notes: words } })),
    onSuccess: async () => {
      setWords("");
      await refresh();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
      <ScreenedText label={label} required rows={2} maxLength={2000} value={words} onChange={setWords} />
      {add.error && <Failure error={add.error} retry={() => void refresh()} />}
      <Button type="submit" busy={add.isPending}>{save}</Button>
    </form>
  );
}

function TaskItem({ task, case: found, etag }: { task: Case["tasks"][number]; case: Case; etag: string }) {
  const { params, refresh } = useChange(found, etag);
  const { has } = useSession();
  const toggle = useMutation({
    mutationFn: (done: boolean) => ok(api().PATCH("/api/cases/{caseId}/tasks/{taskId}", { params: { ...params, path: { ...params.path, taskId: task.id } }, body: { done } })),
    onSuccess: refresh,
  });
  return (
    <li>
      <label className="done">
        <input type="checkbox" checked={!!task.doneAt} disabled={toggle.isPending || !has("investigator")} onChange={(event) => toggle.mutate(event.target.checked)} />
        <span>{task.text}</span>
      </label>
      {toggle.error && <Failure error={toggle.error} retry={() => void refresh()} />}
    </li>
  );
}

function Bundles({ case: found }: { case: Case }) {
  const { bundles: text } = useText();
  const { purpose, has } = useSession();
  const { date } = useFormats();
  const [building, setBuilding] = useState(false);
  const query = useQuery({
    queryKey: ["bundles", found.id, purpose],
    queryFn: () => ok(api().GET("/api/cases/{caseId}/bundles", { params: { path: { caseId: found.id }, query: { purpose } } })),
    refetchInterval: ({ state }) => (state.data?.bundles.some((each) => each.state === "building") ? 3000 : false),
  });
  return (
    <Section title={text.title}>
      <p className="hint">{text.lead}</p>
      <Loaded query={query}>
        {({ bundles }) => (
          <ul className="items">
            {bundles.map((bundle) => (
              <li key={bundle.id}>
                <strong>{bundle.recipient}</strong>
                <span className="meta"><Badge tone={bundle.state === "ready" ? "good" : bundle.state === "failed" ? "bad" : "info"}>{text.states[bundle.state]}</Badge><span>{bundle.caseNumber}</span><span>{text.until(date(bundle.expiresAt))}</span></span>
                <OneBundle bundle={bundle} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      {has("investigator") && <Button onClick={() => setBuilding(true)}>{text.build}</Button>}
      <Dialog open={building} title={text.build} onClose={() => setBuilding(false)}><Build case={found} done={() => setBuilding(false)} /></Dialog>
    </Section>
  );
}

function OneBundle({ bundle }: { bundle: Bundle }) {
  const { bundles: text } = useText();
  const { purpose, me, has } = useSession();
  const { bytes, percent } = useFormats();
  const queries = useQueryClient();
  const [wanted, setWanted] = useState(false);
  const content = useContent(`/api/bundles/${bundle.id}/content?purpose=${purpose}`, wanted);
  const params = { path: { bundleId: bundle.id }, header: { "If-Match": bundle.etag } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["bundles", bundle.caseId] });
  const approve = useMutation({ mutationFn: () => ok(api().POST("/api/bundles/{bundleId}/approval", { params })), onSuccess: refresh });
  const withdraw = useMutation({ mutationFn: () => ok(api().POST("/api/bundles/{bundleId}/withdrawal", { params })), onSuccess: refresh });
  const error = approve.error ?? withdraw.error ?? content.error;
  return (
    <>
      {bundle.failure && <Notice tone="bad"><Server>{bundle.failure}</Server></Notice>}
      {bundle.sha256 && <p className="hint">{text.fingerprint}<br /><code className="hash">{bundle.sha256}</code></p>}
      {error != null && <Failure error={error} retry={() => void refresh()} />}
      <div className="actions">
        {bundle.state === "ready" && (content.url
          ? <a className="button primary" href={content.url} download={`bundle-${bundle.id}.zip`}>{text.save(bytes(bundle.sizeBytes ?? 0))}</a>
          : <Button busy={wanted && !content.error} onClick={() => setWanted(true)}>{wanted ? percent(content.share) : text.fetch}</Button>)}
        {bundle.state === "waiting" && bundle.requestedBy !== me.userId && has("investigator") && <Button busy={approve.isPending} onClick={() => approve.mutate()}>{text.approve}</Button>}
        {["waiting", "ready"].includes(bundle.state) && has("investigator") && <Button look="danger" busy={withdraw.isPending} onClick={() => withdraw.mutate()}>{text.withdraw}</Button>}
      </div>
    </>
  );
}

function Build({ case: found, done }: { case: Case; done: () => void }) {
  const { bundles: text, purposes, cases, profiles: { subjects } } = useText();
  const queries = useQueryClient();
  const profiles = found.profiles.flatMap((each) => (each.id ? [[each.id, `${subjects[each.subject!]}: ${each.reason}`] as const] : []));
  const of = (kind: "report" | "evidence"): [string, ReactNode][] => found.records.filter((record) => record.kind === kind && record.present).map((record) => [record.id, record.reason]);
  const [form, setForm] = useState({ kind: "law_enforcement", name: "", purpose: "NOTIFY_LE", caseNumber: found.policeReference ?? "", reports: of("report").map(([id]) => id), evidence: of("evidence").map(([id]) => id), profiles: [] as string[], days: "14" });
  const build = useMutation({
    mutationFn: () => ok(api().POST("/api/cases/{caseId}/bundle", {
      params: { path: { caseId: found.id }, header: { "Idempotency-Key": freshKey() } },
      body: {
        recipient: { kind: form.kind as Bundle["recipientKind"], name: form.name }, purpose: form.purpose as "NOTIFY_LE", caseNumber: form.caseNumber,
        reports: form.reports, evidence: form.evidence.map((id) => ({ id })), profiles: form.profiles, days: Number(form.days),
      },
    })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["bundles", found.id] });
      done();
    },
  });
  const options = (kind: "report" | "evidence") => of(kind).map(([id, reason], index) => [id, `${cases.kinds[kind]} ${index + 1}: ${String(reason)}`] as const);
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); build.mutate(); }}>
      <p>{text.buildWhy}</p>
      <Select label={text.kind} value={form.kind} onChange={(event) => setForm({ ...form, kind: event.target.value })} options={Object.entries(text.recipients)} />
      <TextField label={text.recipient} required minLength={2} maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      <Select label={text.purpose} value={form.purpose} onChange={(event) => setForm({ ...form, purpose: event.target.value })} options={["NOTIFY_LE", "LEGAL_ACTION"].map((each) => [each, purposes[each]!])} />
      <TextField label={text.number} required minLength={3} maxLength={60} value={form.caseNumber} onChange={(event) => setForm({ ...form, caseNumber: event.target.value })} />
      <Several legend={text.reports} options={options("report")} value={form.reports} onChange={(reports) => setForm({ ...form, reports })} />
      <Several legend={text.evidence} options={options("evidence")} value={form.evidence} onChange={(evidence) => setForm({ ...form, evidence })} />
      {profiles.length > 0 && <Several legend={text.profiles} options={profiles} value={form.profiles} onChange={(chosen) => setForm({ ...form, profiles: chosen })} />}
      <TextField label={text.days} type="number" min={1} max={30} required value={form.days} onChange={(event) => setForm({ ...form, days: event.target.value })} />
      {build.error && <Failure error={build.error} />}
      <Button look="primary" type="submit" busy={build.isPending} disabled={form.reports.length === 0}>{text.build}</Button>
    </form>
  );
}
