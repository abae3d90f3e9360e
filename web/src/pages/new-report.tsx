/** Reporting an event: four short steps for a thumb, kept on the device as they are filled in. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { ApiError } from "../api/client";
import { send } from "../drafts/outbox";
import { discard, discardPhoto, draftsOf, keep, keepPhoto, photoOf, type Draft, type Form, type Photo } from "../drafts/vault";
import { typeOf } from "../evidence/upload";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Button, Facts, Notice, Page, Section } from "../ui/basics";
import { Checkbox, Choices, localValue, Select, Several, TextField } from "../ui/form";
import { Failure } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";

const KEEP_AFTER_MS = 400;
const CURRENCIES: Record<string, string> = { GB: "GBP", US: "USD", NZ: "NZD", AU: "AUD", CH: "CHF", SE: "SEK", DK: "DKK", NO: "NOK", PL: "PLN", CA: "CAD", JP: "JPY" };
type Done = { became: "sent" | "waiting"; reportId?: string | undefined };
type Faults = Map<string, string>;

export default function NewReport() {
  const { write: text } = useText();
  const { me } = useSession();
  const [draft, setDraft] = useState<Draft>();
  const [kept, setKept] = useState<Draft[]>();
  const [done, setDone] = useState<Done>();
  useEffect(() => void draftsOf(me.userId).then(setKept, () => setKept([])), [me.userId, done]);
  const begin = useCallback(() => {
    setDone(undefined);
    setDraft(fresh(me.userId, me.sites.length === 1 ? me.sites[0]!.id : ""));
  }, [me]);
  // Without anything to go on with, one starts at once.
  useEffect(() => {
    if (kept?.length === 0 && !draft && !done) begin();
  }, [kept, draft, done, begin]);
  if (done) return <Arrived done={done} again={begin} />;
  if (draft) return <Writing draft={draft} finish={(outcome) => { setDraft(undefined); setDone(outcome); }} />;
  return (
    <Page title={text.title} lead={text.kept}>
      {kept && <Kept drafts={kept} open={setDraft} changed={() => void draftsOf(me.userId).then(setKept)} finish={setDone} />}
      <Button look="primary" onClick={begin}>{text.another}</Button>
    </Page>
  );
}

function fresh(owner: string, siteId: string): Draft {
  const form: Form = { type: "theft", occurredAt: localValue(new Date()), siteId, howKnown: "witnessed", whatHappened: "", methods: [], items: [], people: [], vehicles: [] };
  return { id: crypto.randomUUID(), owner, state: "writing", key: crypto.randomUUID(), form, photos: [], changedAt: Date.now() };
}

function Kept({ drafts, open, changed, finish }: { drafts: Draft[]; open: (draft: Draft) => void; changed: () => void; finish: (done: Done) => void }) {
  const { write: text, types } = useText();
  const { siteName } = useSession();
  const { ago } = useFormats();
  const state = { writing: text.draftWriting, waiting: text.draftWaiting, refused: text.draftRefused };
  return (
    <Section title={text.drafts}>
      {drafts.map((draft) => (
        <article key={draft.id} className="row-card">
          <div className="row-main">
            <h3>{types[draft.form.type]}{draft.form.siteId && `, ${siteName(draft.form.siteId)}`}</h3>
            <p className="meta"><Badge tone={draft.state === "refused" ? "warn" : "info"}>{state[draft.state]}</Badge>{ago(new Date(draft.changedAt).toISOString())}</p>
          </div>
          <div className="actions">
            {draft.state === "waiting"
              ? <Button look="primary" onClick={() => void send(draft).then((outcome) => outcome.became === "sent" ? finish({ became: "sent", reportId: outcome.reportId }) : changed())}>{text.sendNow}</Button>
              : <Button look="primary" onClick={() => open(draft)}>{text.resume}</Button>}
            <Button look="danger" onClick={() => void discard(draft.id).then(changed)}>{text.discard}</Button>
          </div>
        </article>
      ))}
    </Section>
  );
}

function Arrived({ done, again }: { done: Done; again: () => void }) {
  const { write: text, app } = useText();
  return (
    <Page title={done.became === "sent" ? text.sentTitle : text.waitingTitle}>
      <Notice tone={done.became === "sent" ? "good" : "warn"} role="status">{done.became === "sent" ? text.sent : text.waiting}</Notice>
      <div className="actions">
        {done.reportId && <Link href={`/reports/${done.reportId}`} className="button primary">{app.open}</Link>}
        <Button onClick={again}>{text.another}</Button>
      </div>
    </Page>
  );
}

function Writing({ draft: begun, finish }: { draft: Draft; finish: (done: Done) => void }) {
  const { write: text, app } = useText();
  const [draft, setDraft] = useState(begun);
  const [step, setStep] = useState(0);
  const [faults, setFaults] = useState<Faults>(new Map());
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const steps = useRef<HTMLFormElement>(null);
  const touched = useRef(false);
  // Kept shortly after each change, and at once when the page is left.
  useEffect(() => {
    if (!touched.current) return;
    const timer = setTimeout(() => void keep(draft), KEEP_AFTER_MS);
    const now = () => void keep(draft);
    addEventListener("pagehide", now);
    return () => {
      clearTimeout(timer);
      removeEventListener("pagehide", now);
    };
  }, [draft]);
  const change = useCallback((part: Partial<Draft>) => {
    touched.current = true;
    setDraft((before) => ({ ...before, ...part, state: "writing", changedAt: Date.now() }));
  }, []);
  const setForm = (part: Partial<Form>) => change({ form: { ...draft.form, ...part } });
  const go = (to: number) => {
    setStep(to);
    requestAnimationFrame(() => heading.current?.focus());
  };
  async function submit() {
    setBusy(true);
    touched.current = false;
    const waiting: Draft = { ...draft, form: tidy(draft.form), state: "waiting" };
    await keep(waiting);
    const outcome = await send(waiting);
    setBusy(false);
    if (outcome.became !== "refused") return finish({ became: outcome.became, reportId: outcome.reportId });
    setDraft({ ...outcome.draft, state: "writing" });
    setFailure(outcome.error);
    if (outcome.error instanceof ApiError) {
      const found = new Map(outcome.error.faults.map((fault) => [pointer(fault.at), fault.detail]));
      setFaults(found);
      const first = [...found.keys()][0];
      if (first) go(stepOf(first));
    }
  }
  const pages = [
    <TheEvent key="0" form={draft.form} set={setForm} faults={faults} />,
    <WhatHappened key="1" form={draft.form} set={setForm} faults={faults} />,
    <WhoAndWhat key="2" form={draft.form} set={setForm} faults={faults} />,
    <PhotosAndCheck key="3" draft={draft} change={change} />,
  ];
  const last = step === pages.length - 1;
  return (
    <Page title={text.title} lead={text.kept}>
      <form
        ref={steps}
        className="wizard"
        noValidate={false}
        onSubmit={(event) => {
          event.preventDefault();
          if (last) void submit();
          else go(step + 1);
        }}
      >
        <h2 ref={heading} tabIndex={-1}>{text.steps[step]} <span className="hint">{text.stepOf(step + 1, pages.length)}</span></h2>
        <progress value={step + 1} max={pages.length} aria-hidden="true" />
        {failure !== undefined && (draft.reportId ? <Notice tone="warn" role="alert" title={text.photoRefused}><Failure error={failure} /></Notice> : <Failure error={failure} />)}
        {pages[step]}
        <div className="wizard-end">
          {step > 0 && <Button onClick={() => go(step - 1)}>{app.back}</Button>}
          <Button type="submit" look="primary" busy={busy}>{last ? text.send : text.next}</Button>
        </div>
      </form>
    </Page>
  );
}

interface Part {
  form: Form;
  set: (part: Partial<Form>) => void;
  faults: Faults;
}

function TheEvent({ form, set, faults }: Part) {
  const { write: text, types, howKnown } = useText();
  const { me } = useSession();
  return (
    <div className="stack">
      <Choices legend={text.type} name="type" options={Object.entries(types)} value={form.type} onChange={(type) => set({ type: type as Form["type"] })} />
      <TextField label={text.when} type="datetime-local" required max={localValue(new Date())} value={form.occurredAt} error={faults.get("/occurredAt")} onChange={(event) => set({ occurredAt: event.target.value })} />
      {me.sites.length > 1 && (
        <Select label={text.where} required value={form.siteId} error={faults.get("/siteId")} onChange={(event) => set({ siteId: event.target.value })} options={[["", ""], ...me.sites.map(({ id, name }) => [id, name] as const)]} />
      )}
      <Choices legend={text.howKnown} name="howKnown" options={Object.entries(howKnown)} value={form.howKnown} onChange={(value) => set({ howKnown: value as Form["howKnown"] })} />
    </div>
  );
}

function WhatHappened({ form, set, faults }: Part) {
  const { write: text, methods, app } = useText();
  const { me } = useSession();
  const { money } = useFormats();
  const items = form.items ?? [];
  const currency = items.find((item) => item.value)?.value?.currency ?? CURRENCIES[me.organisation.jurisdiction.slice(0, 2)] ?? "EUR";
  const put = (index: number, part: Partial<(typeof items)[number]>) => set({ items: items.map((item, at) => (at === index ? { ...item, ...part } : item)) });
  const total = items.reduce((sum, item) => sum + (item.value?.amountMinor ?? 0) * item.quantity, 0);
  return (
    <div className="stack">
      <ScreenedText label={text.story} hint={text.storyHint} required rows={5} maxLength={8000} value={form.whatHappened} error={faults.get("/whatHappened")} onChange={(whatHappened) => set({ whatHappened })} />
      <Several legend={text.method} options={Object.entries(methods)} value={form.methods ?? []} onChange={(value) => set({ methods: value as Form["methods"] })} />
      <Checkbox label={text.weapon} checked={form.weaponSeen ?? false} onChange={(event) => set({ weaponSeen: event.target.checked })} />
      <Checkbox label={text.hurt} checked={form.anyoneHurt ?? false} onChange={(event) => set({ anyoneHurt: event.target.checked })} />
      <fieldset className="group">
        <legend>{text.goods}</legend>
        {items.map((item, index) => (
          <div key={index} className="line">
            <TextField label={text.product} required maxLength={200} value={item.product} error={faults.get(`/items/${index}/product`)} onChange={(event) => put(index, { product: event.target.value })} />
            <TextField label={text.quantity} type="number" inputMode="numeric" required min={1} max={10000} value={item.quantity} onChange={(event) => put(index, { quantity: event.target.valueAsNumber || 1 })} />
            <TextField label={`${text.price} (${currency})`} optional type="number" inputMode="decimal" min={0} step="0.01"
              value={item.value ? item.value.amountMinor / 100 : ""}
              onChange={(event) => put(index, { value: event.target.value === "" ? null : { amountMinor: Math.round(event.target.valueAsNumber * 100), currency: currency as "GBP" } })} />
            <Button look="quiet" onClick={() => set({ items: items.filter((_, at) => at !== index) })} aria-label={`${app.remove}: ${item.product}`}>{app.remove}</Button>
          </div>
        ))}
        {total > 0 && <p className="hint">{text.total(money({ amountMinor: total, currency }))}</p>}
        <Button onClick={() => set({ items: [...items, { product: "", quantity: 1 }] })}>{text.addGoods}</Button>
      </fieldset>
    </div>
  );
}

function WhoAndWhat({ form, set, faults }: Part) {
  const { write: text, fields, personRoles, ages, app } = useText();
  const people = form.people ?? [];
  const vehicles = form.vehicles ?? [];
  const putPerson = (index: number, part: Partial<(typeof people)[number]>) => set({ people: people.map((each, at) => (at === index ? { ...each, ...part } : each)) });
  const putVehicle = (index: number, part: Partial<(typeof vehicles)[number]>) => set({ vehicles: vehicles.map((each, at) => (at === index ? { ...each, ...part } : each)) });
  return (
    <div className="stack">
      <p className="hint">{text.peopleHint}</p>
      {people.map((person, index) => (
        <fieldset key={index} className="group">
          <legend>{text.person(index + 1)}</legend>
          <Choices legend={fields["role"]!} name={`role-${index}`} options={Object.entries(personRoles)} value={person.role} onChange={(role) => putPerson(index, { role: role as "suspect" })} />
          <Choices legend={fields["ageBand"]!} name={`age-${index}`} options={Object.entries(ages)} value={person.ageBand ?? "unknown"} onChange={(age) => putPerson(index, { ageBand: age as "adult" })} />
          {(["clothing", "marks", "carried", "behaviour"] as const).map((field) => (
            <ScreenedText key={field} label={fields[field]!} optional rows={2} maxLength={2000} value={person[field] ?? ""} error={faults.get(`/people/${index}/${field}`)} onChange={(value) => putPerson(index, { [field]: value })} />
          ))}
          <Button look="quiet" onClick={() => set({ people: people.filter((_, at) => at !== index) })}>{app.remove}</Button>
        </fieldset>
      ))}
      <Button onClick={() => set({ people: [...people, { role: "suspect", ageBand: "unknown" }] })}>{text.addPerson}</Button>
      {vehicles.map((vehicle, index) => (
        <fieldset key={index} className="group">
          <legend>{text.vehicle(index + 1)}</legend>
          <div className="line">
            {(["plate", "make", "model", "colour"] as const).map((field) => (
              <TextField key={field} label={fields[field]!} optional maxLength={field === "plate" ? 16 : 100} value={vehicle[field] ?? ""} error={faults.get(`/vehicles/${index}/${field}`)} onChange={(event) => putVehicle(index, { [field]: event.target.value })} />
            ))}
          </div>
          <Button look="quiet" onClick={() => set({ vehicles: vehicles.filter((_, at) => at !== index) })}>{app.remove}</Button>
        </fieldset>
      ))}
      <Button onClick={() => set({ vehicles: [...vehicles, {}] })}>{text.addVehicle}</Button>
    </div>
  );
}

function PhotosAndCheck({ draft, change }: { draft: Draft; change: (part: Partial<Draft>) => void }) {
  const { write: text, fields, types, howKnown, reports } = useText();
  const { siteName } = useSession();
  const { dateTime } = useFormats();
  const { form } = draft;
  const take = async (files: FileList) => {
    const photos = [...draft.photos];
    for (const file of files) {
      const photo: Photo = { id: crypto.randomUUID(), name: file.name, type: typeOf(file), size: file.size };
      await keepPhoto(draft, photo, file);
      photos.push(photo);
    }
    change({ photos });
  };
  return (
    <div className="stack">
      <label className="button file">
        {text.addPhotos}
        <input type="file" accept="image/*" multiple onChange={(event) => event.target.files && void take(event.target.files)} />
      </label>
      <p className="hint">{text.photosHint}</p>
      <ul className="thumbs">
        {draft.photos.map((photo) => (
          <li key={photo.id}>
            <Thumbnail photo={photo} />
            <Button look="quiet" aria-label={`${text.discard}: ${photo.name}`} onClick={() => void discardPhoto(photo.id).then(() => change({ photos: draft.photos.filter(({ id }) => id !== photo.id) }))}>{text.discard}</Button>
          </li>
        ))}
      </ul>
      <TextField label={text.police} optional maxLength={100} value={form.policeReference ?? ""} onChange={(event) => change({ form: { ...form, policeReference: event.target.value } })} />
      <Section title={text.check}>
        <Facts
          rows={[
            [text.type, types[form.type]],
            [fields["siteId"]!, siteName(form.siteId)],
            [fields["occurredAt"]!, form.occurredAt && dateTime(form.occurredAt)],
            [fields["howKnown"]!, howKnown[form.howKnown]],
            [fields["items"]!, form.items?.map((item) => `${item.quantity} × ${item.product}`).join(", ")],
            [fields["people"]!, form.people?.length ? reports.people(form.people.length) : ""],
            [fields["vehicles"]!, form.vehicles?.length ? reports.vehicles(form.vehicles.length) : ""],
          ]}
        />
        <p className="story">{form.whatHappened}</p>
      </Section>
    </div>
  );
}

function Thumbnail({ photo }: { photo: Photo }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    let made: string | undefined;
    let gone = false;
    void photoOf(photo).then((content) => {
      if (!content || gone) return;
      made = URL.createObjectURL(content);
      setUrl(made);
    });
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [photo]);
  return url ? <img src={url} alt={photo.name} /> : null;
}

/** What was opened and left empty is not sent. */
export function tidy(form: Form): Form {
  const filled = <T extends object>(part: T): T => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== "" && value !== null)) as T;
  return filled({
    ...form,
    items: form.items?.filter((item) => item.product.trim()).map(filled),
    people: form.people?.map(filled),
    vehicles: form.vehicles?.map(filled).filter((vehicle) => Object.keys(vehicle).length > 0),
  });
}

/** A place within a text is said behind a "#". */
const pointer = (at: string): string => at.split("#")[0]!;

/** Which step shows the field that a JSON pointer names. */
export function stepOf(pointer: string): number {
  const field = pointer.split("/")[1] ?? "";
  if (["people", "vehicles"].includes(field)) return 2;
  if (["whatHappened", "items", "methods", "weaponSeen", "anyoneHurt"].includes(field)) return 1;
  return field === "policeReference" ? 3 : 0;
}
