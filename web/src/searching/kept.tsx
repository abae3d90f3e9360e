/** Searches that somebody keeps: to ask again, or to be told of new reports, until a day that they choose. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, freshKey, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Section } from "../ui/basics";
import { Checkbox, TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";
import type { Sought } from "./form";

type Saved = Schemas["SavedSearchView"];

const USUAL_DAYS = 90, MOST_DAYS = 182;
const HOW = new Set(["like", "facets"]);
const NO_CONDITION = new Set(["kinds", "limit", "since", "until"]);
const DAY_MS = 24 * 3600_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** Alerts tell of reports, and of some only: a time alone is no search. The API says the same. */
export function canTell(sought: Sought): boolean {
  const { kinds = [] } = sought;
  return (kinds.length === 0 || kinds.includes("report")) && Object.keys(given(sought)).some((field) => !NO_CONDITION.has(field));
}

export function KeepSearch({ sought }: { sought: Sought }) {
  const { keep: text } = useText();
  const { purpose } = useSession();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const tells = canTell(sought);
  const [form, setForm] = useState({ label: "", alerts: false, endsOn: inDays(USUAL_DAYS) });
  const save = useMutation({
    mutationFn: () => ok(api().POST("/api/saved-searches", {
      params: { query: { purpose }, header: { "Idempotency-Key": freshKey() } },
      body: { label: form.label, criteria: sought, alerts: tells && form.alerts, endsAt: `${form.endsOn}T12:00:00Z` },
    })),
    onSuccess: async () => {
      announce(text.kept);
      setForm({ ...form, label: "" });
      await queries.invalidateQueries({ queryKey: ["saved-searches"] });
    },
  });
  if (sought.plate) return <p className="hint">{text.noPlates}</p>;
  return (
    <details className="card">
      <summary>{text.keep}</summary>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
        <TextField label={text.label} hint={text.labelHint} required minLength={3} maxLength={120} value={form.label} onChange={(event) => setForm({ ...form, label: event.target.value })} />
        <TextField label={text.endsOn} hint={text.endsHint} type="date" required min={inDays(1)} max={inDays(MOST_DAYS)} value={form.endsOn} onChange={(event) => setForm({ ...form, endsOn: event.target.value })} />
        <Checkbox label={text.alerts} hint={tells ? text.alertsHint : text.alertsNot} disabled={!tells} checked={tells && form.alerts} onChange={(event) => setForm({ ...form, alerts: event.target.checked })} />
        {save.error && <Failure error={save.error} />}
        <Button type="submit" busy={save.isPending}>{text.keep}</Button>
      </form>
    </details>
  );
}

/** One's own, with what asks each of them again. Nothing is shown while there are none. */
export function KeptSearches({ run }: { run: (sought: Sought) => void }) {
  const { keep: text } = useText();
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["saved-searches", purpose],
    queryFn: () => ok(api().GET("/api/saved-searches", { params: { query: { purpose } } })),
  });
  return (
    <Loaded query={query}>
      {({ searches }) => searches.length === 0 ? null : (
        <Section title={text.mine}>
          <ul className="items">{searches.map((each) => <OneKept key={each.id} saved={each} run={run} />)}</ul>
        </Section>
      )}
    </Loaded>
  );
}

function OneKept({ saved, run }: { saved: Saved; run: (sought: Sought) => void }) {
  const { keep: text } = useText();
  const { purpose } = useSession();
  const { date } = useFormats();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const forget = useMutation({
    mutationFn: () => ok(api().DELETE("/api/saved-searches/{searchId}", { params: { path: { searchId: saved.id }, query: { purpose } } })),
    onSuccess: async () => {
      announce(text.forgotten);
      await queries.invalidateQueries({ queryKey: ["saved-searches"] });
    },
  });
  return (
    <li>
      <strong>{saved.label}</strong>
      <span className="meta">{saved.alerts && <Badge tone="info">{text.tells}</Badge>}<span>{text.until(date(saved.endsAt))}</span></span>
      {forget.error && <Failure error={forget.error} />}
      <div className="actions">
        <Button onClick={() => run(given(saved.criteria))} aria-label={text.runIt(saved.label)}>{text.run}</Button>
        <Button look="quiet" busy={forget.isPending} onClick={() => forget.mutate()} aria-label={text.forgetIt(saved.label)}>{text.forget}</Button>
      </div>
    </li>
  );
}

/** What was asked for, without what was not: "no weapon" is asked for, "like" and "facets" say how. */
export function given(criteria: Sought | Saved["criteria"]): Sought {
  const left = (field: string, value: unknown) => value === null || (Array.isArray(value) && value.length === 0) || (value === false && HOW.has(field));
  return Object.fromEntries(Object.entries(criteria).filter(([field, value]) => !left(field, value)));
}
