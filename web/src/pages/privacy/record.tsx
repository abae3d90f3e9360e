/** One record that was found: what of it the person gets, what is kept back and why, and what is done with it. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, ok, withEtag, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useAnnounce } from "../../ui/announcer";
import { Badge, Button, Empty, Notice, Page, Section } from "../../ui/basics";
import { Checkbox, Choices, Select, TextArea, TextField } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";
import { Done, Given, Withheld } from "./answer";
import { correctable, decisionFrom, decisionOf, draftOf, holds, undecided, useCase, useKeep, useRecords, type Draft, type Found, type Records, type RightsCase } from "./case";
import { Editable } from "./content";
import { NobodyElse, Picture } from "./picture";

export function RecordPage({ id, record }: { id: string; record: string }) {
  const { answering: text } = useText();
  const query = useCase(id);
  const records = useRecords(id);
  return (
    <Loaded query={query}>
      {({ value, etag }) => (
        <Loaded query={records}>
          {(all) => {
            const one = all.records.find((each) => each.id === record);
            return one ? <Deciding key={one.id} found={value} etag={etag} all={all} record={one} /> : <Empty title={text.gone}><Link href={`/privacy/requests/${id}`}>{text.toRequest}</Link></Empty>;
          }}
        </Loaded>
      )}
    </Loaded>
  );
}

function Deciding({ found, etag, all, record }: { found: RightsCase; etag: string; all: Records; record: Found }) {
  const { answering: text, privacy } = useText();
  const { date } = useFormats();
  const [, navigate] = useLocation();
  const announce = useAnnounce();
  const keep = useKeep(found.id);
  const again = useCase(found.id).refetch;
  const [draft, setDraft] = useState(() => draftOf(record, decisionOf(found, record.id)));
  const path = { caseId: found.id, recordId: record.id };
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/records/{recordId}/preview", { params: { path }, body: decisionFrom(record, draft) })) });
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    preview.reset();
  };
  const decide = useMutation({
    mutationFn: () => withEtag(api().PUT("/api/rights/cases/{caseId}/records/{recordId}", { params: { path, header: { "If-Match": etag } }, body: decisionFrom(record, draft) })),
    onSuccess: async (now) => {
      const [next] = undecided(now.value, all.records);
      announce(next ? text.savedNext(undecided(now.value, all.records).length) : text.savedAll);
      navigate(`/privacy/requests/${found.id}${next ? `/records/${next.id}` : ""}`);
      await keep(now);
    },
  });
  const place = all.records.indexOf(record) + 1;
  const error = decide.error ?? preview.error;
  return (
    <Page
      title={text.holdings[record.kind] ?? record.kind}
      lead={<>{text.placeOf(place, all.records.length)} {text.why[record.whyFound]} <Link href={`/privacy/requests/${found.id}`}>{privacy.request} {found.reference}: {found.facts.fullName}</Link></>}
    >
      <div className="columns even">
        <Section title={text.record}>
          {record.held && <Notice tone="warn">{text.heldWhy}</Notice>}
          {record.disposeAt && <p className="hint">{text.goesOn(date(record.disposeAt))}</p>}
          {record.evidence && <Picture id={record.id} facts={record.evidence} />}
          <Editable content={record.content} draft={draft} change={change} />
        </Section>
        <form onSubmit={(event) => { event.preventDefault(); decide.mutate(); }}>
          <Section title={text.decide} className="stack">
            <Choices legend={text.disclose} hint={text.askedFor(found.kinds.map((kind) => privacy.kinds[kind]).join(", "))} name="disclose" value={draft.disclose} onChange={(value) => change({ disclose: value as "give" })} options={Object.entries(text.discloses).filter(([each]) => each !== "give" || !record.evidence?.cannotGive)} />
            {draft.disclose === "give" && record.evidence && <NobodyElse facts={record.evidence} draft={draft} change={change} />}
            {draft.disclose === "give" && <TakenOut content={record.content} draft={draft} change={change} />}
            {draft.disclose === "withhold" && <Ground all={all} draft={draft} change={change} />}
            {draft.disclose === "not_theirs" && <p>{text.saidNotTheirs}</p>}
            {(draft.disclose === "give" || (draft.disclose === "withhold" && !draft.neither)) && <What record={record} draft={draft} change={change} />}
            {error && <Failure error={error} retry={() => void again()} />}
            <div className="actions">
              <Button disabled={!draft.disclose} busy={preview.isPending} onClick={() => preview.mutate()}>{text.preview}</Button>
              <Button look="primary" type="submit" disabled={!draft.disclose} busy={decide.isPending}>{text.keepDecision}</Button>
            </div>
            <p className="hint">{text.notYet}</p>
          </Section>
          <div role="status">{preview.data && <Section title={text.theyGet}><Preview shown={preview.data} /></Section>}</div>
        </form>
      </div>
    </Page>
  );
}

interface Part {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}

/** Words that are taken out of every text of the record; what is selected in it can be taken over. */
function TakenOut({ content, draft, change }: Part & { content: Found["content"] }) {
  const { answering: text, app } = useText();
  const [passage, setPassage] = useState("");
  const [wrong, setWrong] = useState("");
  const add = (words: string) => {
    const clean = words.trim();
    if (!clean) return setWrong(text.selectFirst);
    if (clean.length < 2 || !holds(content, clean)) return setWrong(text.notInIt);
    setWrong("");
    setPassage("");
    if (!draft.redact.includes(clean)) change({ redact: [...draft.redact, clean] });
  };
  return (
    <fieldset className="group">
      <legend>{text.takeOut}</legend>
      <p className="hint">{text.takeOutHint}</p>
      <TextField label={text.words} maxLength={300} value={passage} error={wrong || undefined} onChange={(event) => setPassage(event.target.value)} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(passage); } }} />
      <div className="actions">
        <Button onClick={() => add(passage)}>{text.takeOutWords}</Button>
        <Button onMouseDown={(event) => event.preventDefault()} onClick={() => add(getSelection()?.toString() ?? "")}>{text.takeOutSelected}</Button>
      </div>
      {draft.redact.length > 0 && (
        <ul className="tags" aria-label={text.takeOut}>
          {draft.redact.map((each) => <li key={each}><Badge>{each}</Badge> <Button look="quiet" aria-label={`${app.remove}: ${each}`} onClick={() => change({ redact: draft.redact.filter((one) => one !== each) })}>{app.remove}</Button></li>)}
        </ul>
      )}
    </fieldset>
  );
}

function Ground({ all, draft, change }: Part & { all: Records }) {
  const { answering: text } = useText();
  const chosen = all.exemptions.find((each) => each.code === draft.exemption);
  return (
    <>
      <Select label={text.exemption} required hint={chosen && <span lang="en">{chosen.source}</span>} value={draft.exemption} onChange={(event) => change({ exemption: event.target.value, neither: false })} options={[["", text.choose], ...all.exemptions.map((each): [string, string] => [each.code, text.grounded[each.code] ?? each.says])]} />
      <TextArea label={text.reason} hint={text.reasonHint} required minLength={5} maxLength={2000} value={draft.reason} onChange={(event) => change({ reason: event.target.value })} />
      {chosen?.neither && <Checkbox label={text.neither} hint={text.neitherHint} checked={draft.neither} onChange={(event) => change({ neither: event.target.checked })} />}
    </>
  );
}

function What({ record, draft, change }: Part & { record: Found }) {
  const { answering: text } = useText();
  const { act } = draft;
  return (
    <>
      <Select label={text.act} value={act} onChange={(event) => change({ act: event.target.value as Draft["act"] })} options={record.acts.map((each) => [each, text.acts[each] ?? each])} />
      {act === "erase" && <Notice tone="warn">{record.held ? text.heldErase : text.willBe["erase"]}</Notice>}
      {act === "erase_person" && <Notice tone={draft.mine.length > 0 ? "info" : "warn"}>{draft.mine.length > 0 ? text.willBe["erase_person"] : text.sayWho}</Notice>}
      {act === "restrict" && <Notice>{text.restrictWhy}</Notice>}
      {act === "correct" && <Corrections record={record} draft={draft} change={change} />}
      {act === "statement" && <TextArea label={text.statement} hint={text.statementHint} required minLength={5} maxLength={2000} value={draft.statement} onChange={(event) => change({ statement: event.target.value })} />}
      {act === "refuse" && draft.disclose !== "withhold" && <TextArea label={text.reason} hint={text.reasonHint} required minLength={5} maxLength={2000} value={draft.reason} onChange={(event) => change({ reason: event.target.value })} />}
    </>
  );
}

function Corrections({ record, draft, change }: Part & { record: Found }) {
  const { answering: text, fields, write } = useText();
  const named = (pointer: string, field: string) => {
    const [, list, place] = pointer.split("/");
    const name = fields[field] ?? field;
    return place === undefined ? name : `${(list === "people" ? write.person : write.vehicle)(Number(place) + 1)}: ${name}`;
  };
  const corrected = (pointer: string, old: string, value: string) => {
    const others = Object.fromEntries(Object.entries(draft.corrections).filter(([each]) => each !== pointer));
    change({ corrections: value === old ? others : { ...others, [pointer]: value } });
  };
  return (
    <fieldset className="group">
      <legend>{text.corrections}</legend>
      <p className="hint">{text.correctionsHint}</p>
      {correctable(record.content).map(([pointer, field, old]) => (
        <TextArea key={pointer} label={named(pointer, field)} rows={old.length > 80 ? 4 : 1} maxLength={8000} value={draft.corrections[pointer] ?? old} onChange={(event) => corrected(pointer, old, event.target.value)} />
      ))}
    </fieldset>
  );
}

function Preview({ shown }: { shown: Schemas["RecordPreview"] }) {
  const { answering: text } = useText();
  if (!shown.given && !shown.withheld && !shown.done) return <p>{text.notMentioned}</p>;
  return <>{shown.given && <Given given={shown.given} />}{shown.withheld && <Withheld withheld={shown.withheld} />}{shown.done && <Done done={shown.done} />}</>;
}
