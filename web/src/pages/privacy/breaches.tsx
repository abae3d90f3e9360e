/** The register of breaches: what is open, who must be told next, and how many hours are left. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, freshKey, ok, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useSession } from "../../session/session";
import { Badge, Button, Empty, Notice, Section } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { Checkbox, Choices, localValue, TextArea, TextField } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";
import { Deadlines } from "./deadlines";

type Line = Schemas["BreachLine"];
export type Risk = Line["risk"];

export function Breaches() {
  const { breaches: text, privacy } = useText();
  const { has } = useSession();
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ["breaches", "board"], queryFn: () => ok(api().GET("/api/breaches")) });
  return (
    <>
      <Section title={text.register} actions={has("privacy_officer") && <Button look="primary" onClick={() => setAdding(true)}>{text.enter}</Button>}>
        <p className="hint">{text.registerWhy}</p>
        <Loaded query={query}>
          {({ breaches }) => breaches.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : (
            <ul className="cards" aria-label={text.register}>{breaches.map((each) => <li key={each.id} className={`row-card ${each.late ? "urgent" : ""}`}><One line={each} /></li>)}</ul>
          )}
        </Loaded>
      </Section>
      <Section title={privacy.whoToTell}><details><summary>{text.askOnly}</summary><Deadlines /></details></Section>
      <Dialog open={adding} title={text.enter} onClose={() => setAdding(false)}><Enter /></Dialog>
    </>
  );
}

function One({ line }: { line: Line }) {
  const { breaches: text, privacy } = useText();
  const { dateTime } = useFormats();
  return (
    <div className="row-main">
      <h3><Link href={`/privacy/breaches/${line.id}`}>{line.title}</Link></h3>
      <p className="meta">
        <span>{text.learned(dateTime(line.awareAt))}</span><span>{privacy.risk}: {privacy.risks[line.risk]}</span><span>{text.affected(line.people)}</span>
        {line.state === "closed" ? <Badge tone="good">{text.closed}</Badge> : line.openDuties === 0 ? <Badge tone="good">{text.allTold}</Badge> : <Badge tone="warn">{text.openDuties(line.openDuties)}</Badge>}
        {line.state === "open" && <Hours left={line.hoursLeft} />}
      </p>
    </div>
  );
}

/** Hours until somebody must be told; without a number it is at once. */
export function Hours({ left }: { left: number | null | undefined }) {
  const { breaches: text } = useText();
  if (left === null || left === undefined) return null;
  return <Badge tone={left < 0 ? "bad" : left < 24 ? "warn" : "info"}>{left < 0 ? text.late(Math.ceil(-left)) : text.hoursLeft(Math.floor(left))}</Badge>;
}

function Enter() {
  const { breaches: text, privacy } = useText();
  const { me } = useSession();
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const [key] = useState(freshKey);
  const [form, setForm] = useState({ title: "", facts: "", awareAt: localValue(new Date()), jurisdictions: me.organisation.jurisdiction, risk: "", people: "", unreadable: false });
  const enter = useMutation({
    mutationFn: () => ok(api().POST("/api/breaches", {
      params: { header: { "Idempotency-Key": key } },
      body: { title: form.title, facts: form.facts, awareAt: new Date(form.awareAt).toISOString(), jurisdictions: placesOf(form.jurisdictions), risk: form.risk as Risk, people: Number(form.people), unreadable: form.unreadable },
    })) as Promise<Schemas["BreachView"]>,
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["breaches"] });
      navigate(`/privacy/breaches/${made.id}`);
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); enter.mutate(); }}>
      <Notice tone="warn">{text.noNames}</Notice>
      <TextField label={text.title} hint={text.titleHint} required minLength={5} maxLength={120} value={form.title} onChange={(event) => setForm({ ...form, title: event.target.value })} />
      <TextArea label={text.facts} hint={text.factsHint} required minLength={5} maxLength={4000} value={form.facts} onChange={(event) => setForm({ ...form, facts: event.target.value })} />
      <TextField label={privacy.awareAt} hint={text.awareHint} type="datetime-local" required value={form.awareAt} onChange={(event) => setForm({ ...form, awareAt: event.target.value })} />
      <TextField label={privacy.jurisdictions} hint={text.placesHint} required value={form.jurisdictions} onChange={(event) => setForm({ ...form, jurisdictions: event.target.value })} />
      <Choices legend={privacy.risk} name="risk" value={form.risk} onChange={(risk) => setForm({ ...form, risk })} options={Object.entries(privacy.risks)} />
      <TextField label={privacy.people} type="number" min={1} required value={form.people} onChange={(event) => setForm({ ...form, people: event.target.value })} />
      <Checkbox label={text.unreadable} checked={form.unreadable} onChange={(event) => setForm({ ...form, unreadable: event.target.checked })} />
      {enter.error && <Failure error={enter.error} />}
      <Button look="primary" type="submit" disabled={!form.risk} busy={enter.isPending}>{text.enterNow}</Button>
    </form>
  );
}

export const placesOf = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean).map((each) => each.toUpperCase());
