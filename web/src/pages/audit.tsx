/** Who looked at what and why, and proof that the log says what it said when it was sealed. */
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { verify } from "../audit/proof";
import { done, SOUGHT } from "../audit/words";
import { useLanguage, useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Empty, Facts, Notice, Page, Section, Server } from "../ui/basics";
import { Select, TextField } from "../ui/form";
import { Failure, Loading, Rest } from "../ui/loaded";

type Entry = Schemas["AuditEntryView"];
/** People are named by their id; what the program does by itself, by the name of its part. */
const UUID = /^[0-9a-f-]{36}$/;

export default function Audit() {
  const { audit: text, app, nav } = useText();
  const [form, setForm] = useState({ action: "", outcome: "", since: "", subject: "" });
  const [sought, setSought] = useState(form);
  const log = useQuery({ queryKey: ["audit-log"], queryFn: () => ok(api().GET("/api/audit/log")) });
  const query = useInfiniteQuery({
    queryKey: ["audit", sought],
    queryFn: ({ pageParam }) => ok(api().GET("/api/audit", {
      params: { query: {
        limit: 50, ...(sought.action && { action: sought.action }), ...(sought.outcome && { outcome: sought.outcome as "denied" }), ...(sought.subject && { subject: sought.subject.trim() }),
        ...(sought.since && { since: `${sought.since}T00:00:00Z` }), ...(pageParam && { cursor: pageParam }),
      } },
    })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const names = useNames();
  const { language } = useLanguage();
  const actions = SOUGHT.map((each): [string, string] => [each, done(each, language) ?? each]).sort(([, one], [, two]) => one.localeCompare(two, language));
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Page title={nav.audit} lead={text.lead}>
      {log.data && <Section title={text.log}><Facts rows={[[text.origin, <code key="origin">{log.data.origin}</code>], [text.size, log.data.size], [text.key, <code key="key" className="hash">{log.data.publicKey}</code>]]} /></Section>}
      <form className="filters" onSubmit={(event) => { event.preventDefault(); setSought(form); }}>
        <Select label={text.action} value={form.action} onChange={(event) => setForm({ ...form, action: event.target.value })} options={[["", app.all], ...actions]} />
        <TextField label={text.subject} value={form.subject} onChange={(event) => setForm({ ...form, subject: event.target.value })} />
        <Select label={text.outcome} value={form.outcome} onChange={(event) => setForm({ ...form, outcome: event.target.value })} options={[["", app.all], ["allowed", text.allowed], ["denied", text.denied]]} />
        <TextField label={app.since} type="date" value={form.since} onChange={(event) => setForm({ ...form, since: event.target.value })} />
        <Button type="submit">{app.apply}</Button>
      </form>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : entries.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty>
        : <ul className="cards">{entries.map((entry) => <li key={entry.id}><OneEntry entry={entry} name={names.get(entry.actor)} /></li>)}</ul>}
      <Rest query={query} shown={entries.length} button />
    </Page>
  );
}

/** Names of the organisation's own users, for those who may know them. */
export function useNames(): Map<string, string> {
  const { has } = useSession();
  const users = useQuery({ queryKey: ["users"], queryFn: () => ok(api().GET("/api/organisation/users")), enabled: has("org_admin", "privacy_officer", "auditor") });
  return new Map(users.data?.users.map(({ id, name }) => [id, name]));
}

function OneEntry({ entry, name }: { entry: Entry; name: string | undefined }) {
  const { audit: text, purposes } = useText();
  const { dateTime } = useFormats();
  const { language } = useLanguage();
  const said = done(entry.action, language);
  const check = useMutation({
    mutationFn: async () => verify(await ok(api().GET("/api/audit/{entryId}/proof", { params: { path: { entryId: entry.id } } }))),
  });
  const verdict = check.data;
  return (
    <article className={`row-card ${entry.outcome === "denied" ? "urgent" : ""}`}>
      <div className="row-main">
        <h2>{said ?? <Server>{entry.action}</Server>} {entry.outcome === "denied" && <Badge tone="bad">{text.denied}</Badge>}</h2>
        <p className="meta">
          <time dateTime={entry.at}>{dateTime(entry.at)}</time><span>{name ?? (UUID.test(entry.actor) ? <code>{entry.actor}</code> : text.byItself)}</span>{entry.purpose && <span>{purposes[entry.purpose]}</span>}
        </p>
        <details>
          <summary>{text.more}</summary>
          <Facts rows={[
            [text.code, <code key="code">{entry.action}</code>], [text.actor, !name && <code key="actor">{entry.actor}</code>],
            [text.subjects, entry.subjects.length > 0 && <code className="hash">{entry.subjects.join(", ")}</code>], [text.rules, entry.policies.length > 0 && <Server>{entry.policies.join(", ")}</Server>],
            [text.sought, entry.sought?.text], [text.place, entry.leafIndex ?? text.notSealed],
          ]} />
        </details>
        {check.error && <Failure error={check.error} />}
        {verdict?.holds === true && <Notice tone="good" role="status">{text.proven(entry.leafIndex ?? 0, verdict.size)}</Notice>}
        {verdict?.holds === false && <Notice tone="bad" role="alert">{text.broken[verdict.why]}</Notice>}
      </div>
      {entry.leafIndex !== null && <Button busy={check.isPending} onClick={() => check.mutate()} aria-label={`${text.prove}: ${said ?? entry.action}, ${dateTime(entry.at)}`}>{text.prove}</Button>}
      {entry.leafIndex === null && <span className="hint">{text.notSealed}</span>}
    </article>
  );
}
