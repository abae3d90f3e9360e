/** One breach: who must be told by when and what became of it, the facts as they are known, and the end. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useSession } from "../../session/session";
import { Badge, Button, Facts, Notice, Page, Section, Server } from "../../ui/basics";
import { Checkbox, Choices, localValue, TextArea, TextField } from "../../ui/form";
import { Dialog } from "../../ui/dialog";
import { Failure, Loaded } from "../../ui/loaded";
import { Hours, placesOf, type Risk } from "./breaches";

type Breach = Schemas["BreachView"];
type Duty = Breach["duties"][number];
type Change = Schemas["BreachChange"];
interface Of {
  found: Breach;
  again: () => void;
}

export function BreachPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: ["breaches", id], queryFn: () => ok(api().GET("/api/breaches/{breachId}", { params: { path: { breachId: id } } })) });
  return <Loaded query={query}>{(found) => <One found={found} again={() => void query.refetch()} />}</Loaded>;
}

function One({ found, again }: Of) {
  const { breaches: text, privacy } = useText();
  const { dateTime } = useFormats();
  const { has } = useSession();
  const acts = has("privacy_officer");
  const open = found.state === "open";
  return (
    <Page title={found.title} lead={<><Link href="/privacy/breaches">{text.register}</Link> {open ? <Badge tone="warn">{text.open}</Badge> : <Badge tone="good">{text.closed}</Badge>}</>}>
      <div className="columns">
        <div>
          <Section title={text.whom}>
            {found.uncovered.length > 0 && <Notice tone="warn">{privacy.uncovered(found.uncovered.join(", "))}</Notice>}
            {found.duties.length === 0 ? <p>{text.nobody}</p> : <ul className="items">{found.duties.map((each) => <li key={each.id}><Told duty={each} found={found} again={again} acts={acts && open} /></li>)}</ul>}
          </Section>
          <Section title={text.story} actions={acts && open && <Correct found={found} again={again} />}>
            <p className="story">{found.facts}</p>
            <Facts rows={[[text.effects, found.effects], [text.remedy, found.remedy]]} />
          </Section>
        </div>
        <div>
          <Section title={text.assessed}>
            <Facts rows={[
              [privacy.awareAt, dateTime(found.awareAt)], [privacy.risk, privacy.risks[found.risk]], [privacy.people, String(found.people)], [privacy.jurisdictions, found.jurisdictions.join(", ")],
              [privacy.data, found.unreadable ? privacy.unreadable : null], [text.toldPeopleAt, found.toldPeopleAt && dateTime(found.toldPeopleAt)], [text.source, found.sourceId && text.fromPlatform], [text.closedAt, found.closedAt && dateTime(found.closedAt)],
            ]} />
          </Section>
          {acts && <End found={found} again={again} />}
          <Reach found={found} />
        </div>
      </div>
    </Page>
  );
}

function useKept(found: Breach) {
  const queries = useQueryClient();
  return {
    params: { path: { breachId: found.id }, header: { "If-Match": found.etag } },
    kept: async (now: Breach) => {
      queries.setQueryData(["breaches", found.id], now);
      await queries.invalidateQueries({ queryKey: ["breaches", "board"] });
    },
  };
}

function Told({ duty, found, again, acts }: Of & { duty: Duty; acts: boolean }) {
  const { breaches: text, privacy } = useText();
  const { dateTime } = useFormats();
  const { params, kept } = useKept(found);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(() => localValue(new Date()));
  const [note, setNote] = useState("");
  const done = useMutation({
    mutationFn: () => ok(api().POST("/api/breaches/{breachId}/duties", { params, body: { duty: duty.id, at: new Date(at).toISOString(), note } })),
    onSuccess: async (now) => {
      setOpen(false);
      await kept(now);
    },
  });
  return (
    <>
      <h3><Server>{duty.whom}</Server></h3>
      <p className="meta">
        {duty.doneAt ? <Badge tone="good">{text.doneAt(dateTime(duty.doneAt))}</Badge> : <><Badge tone={duty.passed ? "bad" : "warn"}>{duty.dueAt ? dateTime(duty.dueAt) : privacy.atOnce}</Badge><Hours left={duty.hoursLeft} /></>}
        <Server>{duty.regime}</Server>
      </p>
      <p><Server>{duty.says}</Server></p>
      {duty.note && <p className="story">{duty.note}</p>}
      <p className="hint"><Server>{duty.source}</Server>{!duty.sourceRead && ` ${privacy.unread}`}</p>
      {acts && !duty.doneAt && <Button aria-label={`${text.noteDone}: ${duty.whom}`} onClick={() => setOpen(true)}>{text.noteDone}</Button>}
      <Dialog open={open} title={text.noteDone} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); done.mutate(); }}>
          <p><Server>{duty.whom}</Server></p>
          <TextField label={text.when} type="datetime-local" required value={at} onChange={(event) => setAt(event.target.value)} />
          <TextArea label={text.howTold} hint={text.howToldHint} required minLength={5} maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />
          {done.error && <Failure error={done.error} retry={again} />}
          <Button look="primary" type="submit" busy={done.isPending}>{text.record}</Button>
        </form>
      </Dialog>
    </>
  );
}

function Correct({ found, again }: Of) {
  const { breaches: text, privacy } = useText();
  const { params, kept } = useKept(found);
  const [open, setOpen] = useState(false);
  const [form, setForm] = useState({ facts: found.facts, effects: found.effects ?? "", remedy: found.remedy ?? "", risk: found.risk as string, people: String(found.people), jurisdictions: found.jurisdictions.join(", "), unreadable: found.unreadable, toldPeopleAt: found.toldPeopleAt ? localValue(new Date(found.toldPeopleAt)) : "" });
  const change = useMutation({
    mutationFn: () => ok(api().PATCH("/api/breaches/{breachId}", { params, body: {
      facts: form.facts, risk: form.risk as Risk, people: Number(form.people), jurisdictions: placesOf(form.jurisdictions), unreadable: form.unreadable,
      ...(form.effects && { effects: form.effects }), ...(form.remedy && { remedy: form.remedy }), ...(form.toldPeopleAt && { toldPeopleAt: new Date(form.toldPeopleAt).toISOString() }),
    } satisfies Change })),
    onSuccess: async (now) => {
      setOpen(false);
      await kept(now);
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.correct}</Button>
      <Dialog open={open} title={text.correct} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); change.mutate(); }}>
          <p className="hint">{text.correctWhy}</p>
          <TextArea label={text.facts} hint={text.noNames} required minLength={5} maxLength={4000} value={form.facts} onChange={(event) => setForm({ ...form, facts: event.target.value })} />
          <TextArea label={text.effects} optional minLength={5} maxLength={4000} value={form.effects} onChange={(event) => setForm({ ...form, effects: event.target.value })} />
          <TextArea label={text.remedy} optional minLength={5} maxLength={4000} value={form.remedy} onChange={(event) => setForm({ ...form, remedy: event.target.value })} />
          <Choices legend={privacy.risk} name="risk" value={form.risk} onChange={(risk) => setForm({ ...form, risk })} options={Object.entries(privacy.risks)} />
          <TextField label={privacy.people} type="number" min={1} required value={form.people} onChange={(event) => setForm({ ...form, people: event.target.value })} />
          <TextField label={privacy.jurisdictions} hint={text.placesHint} required value={form.jurisdictions} onChange={(event) => setForm({ ...form, jurisdictions: event.target.value })} />
          <TextField label={text.toldPeopleAt} type="datetime-local" optional value={form.toldPeopleAt} onChange={(event) => setForm({ ...form, toldPeopleAt: event.target.value })} />
          <Checkbox label={text.unreadable} checked={form.unreadable} onChange={(event) => setForm({ ...form, unreadable: event.target.checked })} />
          {change.error && <Failure error={change.error} retry={again} />}
          <Button look="primary" type="submit" busy={change.isPending}>{text.keep}</Button>
        </form>
      </Dialog>
    </>
  );
}

/** It closes once everybody was told and it is written down what it did and what was done about it. */
function End({ found, again }: Of) {
  const { breaches: text } = useText();
  const { params, kept } = useKept(found);
  const open = found.state === "open";
  const set = useMutation({ mutationFn: () => ok(api().PATCH("/api/breaches/{breachId}", { params, body: { state: open ? "closed" : "open" } })), onSuccess: kept });
  const waiting = found.duties.filter((each) => !each.doneAt).length;
  const lacks = [...(waiting > 0 ? [text.lackDuties(waiting)] : []), ...(found.effects ? [] : [text.lackEffects]), ...(found.remedy ? [] : [text.lackRemedy])];
  return (
    <Section title={open ? text.close : text.closed}>
      {open && lacks.length > 0 && <Notice title={text.lacks}><ul>{lacks.map((each) => <li key={each}>{each}</li>)}</ul></Notice>}
      {set.error && <Failure error={set.error} retry={again} />}
      <Button disabled={open && lacks.length > 0} busy={set.isPending} onClick={() => set.mutate()}>{open ? text.close : text.reopen}</Button>
    </Section>
  );
}

function Reach({ found }: { found: Breach }) {
  const { breaches: text, app } = useText();
  const [form, setForm] = useState({ since: localValue(new Date(Date.parse(found.awareAt) - 7 * 86_400_000)), until: localValue(new Date(found.awareAt)), actor: "" });
  const count = useMutation({ mutationFn: () => ok(api().POST("/api/breaches/reach", { body: { since: new Date(form.since).toISOString(), until: new Date(form.until).toISOString(), ...(form.actor.trim() && { actor: form.actor.trim() }) } })) });
  return (
    <Section title={text.reach}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); count.mutate(); }}>
        <p className="hint">{text.reachWhy}</p>
        <TextField label={app.since} type="datetime-local" required value={form.since} onChange={(event) => setForm({ ...form, since: event.target.value })} />
        <TextField label={app.until} type="datetime-local" required value={form.until} onChange={(event) => setForm({ ...form, until: event.target.value })} />
        <TextField label={text.actor} hint={text.actorHint} optional value={form.actor} onChange={(event) => setForm({ ...form, actor: event.target.value })} />
        {count.error && <Failure error={count.error} />}
        <Button type="submit" busy={count.isPending}>{text.count}</Button>
      </form>
      <div role="status">{count.data && <Notice tone={count.data.complete ? "info" : "warn"}>{text.reached(count.data.records)}{!count.data.complete && ` ${text.incomplete}`}</Notice>}</div>
    </Section>
  );
}
