/** The answer as a whole: what still lacks, what the person would read, and the last step, which cannot be taken back. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, withEtag, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useAnnounce } from "../../ui/announcer";
import { Button, Notice, Section } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/form";
import { Failure } from "../../ui/loaded";
import { saveFile } from "../../ui/save";
import { undecided, useCase, useKeep, type Records, type RightsCase } from "./case";
import { Shown } from "./content";

type Package = Schemas["Package"];

export function Answering({ found, etag, records }: { found: RightsCase; etag: string; records: Records }) {
  const { answering: text } = useText();
  const announce = useAnnounce();
  const keep = useKeep(found.id);
  const again = useCase(found.id).refetch;
  const [note, setNote] = useState("");
  const [sure, setSure] = useState(false);
  const path = { caseId: found.id };
  const body = note.trim() ? { note } : {};
  const look = useMutation({ mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/draft", { params: { path, query: { form: "json" } }, body })) as Promise<Package> });
  const paper = useMutation({
    mutationFn: () => ok(api().POST("/api/rights/cases/{caseId}/draft", { params: { path, query: { form: "pdf" } }, body, parseAs: "blob" })) as unknown as Promise<Blob>,
    onSuccess: (file) => saveFile(file, `${found.reference}.pdf`),
  });
  const send = useMutation({
    mutationFn: () => withEtag(api().POST("/api/rights/cases/{caseId}/answer", { params: { path, header: { "If-Match": etag } }, body })),
    onSuccess: async (now) => {
      announce(text.sent);
      await keep(now);
    },
    onError: () => setSure(false),
  });
  const left = undecided(found, records.records).length;
  const result = found.proof.result ?? "unconfirmed";
  const lacks = [...(result === "unconfirmed" ? [text.lackIdentity] : []), ...(result !== "not_confirmed" && left > 0 ? [text.lackDecisions(left)] : [])];
  const error = look.error ?? paper.error ?? send.error;
  return (
    <Section title={text.answer}>
      {lacks.length > 0 ? <Notice tone="warn" title={text.lacks}><ul>{lacks.map((each) => <li key={each}>{each}</li>)}</ul></Notice> : <Notice tone="good">{result === "not_confirmed" ? text.readyUnknown : text.ready}</Notice>}
      <TextArea label={text.note} hint={text.noteHint} optional maxLength={2000} value={note} onChange={(event) => { setNote(event.target.value); look.reset(); }} />
      {error && <Failure error={error} retry={() => void again()} />}
      <div className="actions">
        <Button busy={look.isPending} onClick={() => look.mutate()}>{text.look}</Button>
        <Button busy={paper.isPending} onClick={() => paper.mutate()}>{text.paper}</Button>
        <Button look="primary" disabled={lacks.length > 0} onClick={() => setSure(true)}>{text.send}</Button>
      </div>
      <div role="status">{look.data && <Letter made={look.data} />}</div>
      <Dialog open={sure} title={text.sendTitle} onClose={() => setSure(false)}>
        <ul>{useHappening(found).map((each) => <li key={each}>{each}</li>)}</ul>
        <p>{text.sendHow(found.contact)}</p>
        <Notice tone="warn">{text.noWayBack}</Notice>
        <Button look="primary" busy={send.isPending} onClick={() => send.mutate()}>{text.sendNow}</Button>
      </Dialog>
    </Section>
  );
}

/** What will happen, counted. */
function useHappening({ decisions, proof }: RightsCase): string[] {
  const { answering: text } = useText();
  if (proof.result === "not_confirmed") return [text.notIdentified];
  const all = decisions.map((each) => each.decision);
  const count = (what: (each: (typeof all)[number]) => boolean) => all.filter(what).length;
  const given = count((each) => each.disclose === "give");
  const withheld = count((each) => each.disclose === "withhold" && !each.neither);
  const silent = count((each) => each.disclose === "not_theirs" || !!each.neither);
  const acts = Object.entries(text.willBe).map(([act, words]) => [words, count((each) => each.act === act)] as const).filter(([, times]) => times > 0);
  return [
    ...(given > 0 ? [text.countGiven(given)] : []), ...(withheld > 0 ? [text.countWithheld(withheld)] : []), ...(silent > 0 ? [text.countSilent(silent)] : []),
    ...(all.length === 0 ? [text.countNothing] : []), ...acts.map(([words, times]) => `${text.records(times)}: ${words}`),
  ];
}

/** The answer as the person will read it; what the law says is in their language. */
function Letter({ made }: { made: Package }) {
  const { answering: text, privacy } = useText();
  const { date } = useFormats();
  return (
    <article className="letter" aria-label={text.letter}>
      <h3>{text.letter}</h3>
      <p>{text.outcomes[made.outcome]}</p>
      {made.records.map((each, place) => <Given key={place} given={each} />)}
      {made.withheld.map((each, place) => <Withheld key={place} withheld={each} language={made.language} />)}
      {made.results.map((each, place) => <Done key={place} done={each} />)}
      {made.neither && <p>{text.saidNeither}</p>}
      {made.note && <p className="story">{made.note}</p>}
      <p className="hint">{text.complain(made.authority)} {privacy.receivedOn}: {date(made.receivedAt)}.</p>
    </article>
  );
}

export function Given({ given }: { given: Schemas["GivenRecord"] }) {
  const { answering: text } = useText();
  const { date, bytes } = useFormats();
  return (
    <div className="group">
      <h4>{text.holdings[given.kind] ?? given.kind}</h4>
      <Shown content={given.content} />
      {given.file && <p>{text.asFile(given.file.name, bytes(given.file.sizeBytes))}<br /><code className="hash">{given.file.sha256}</code></p>}
      <p className="hint">{text.removed(given.removed)} {given.keptUntil && text.keptUntil(date(given.keptUntil))} {given.recipients.length > 0 ? text.received(given.recipients.join(", ")) : text.receivedNobody}</p>
    </div>
  );
}

export function Withheld({ withheld, language }: { withheld: Schemas["WithheldRecord"]; language?: string | undefined }) {
  const { answering: text } = useText();
  return <div className="group"><h4>{text.holdings[withheld.kind] ?? withheld.kind}: {text.withheld}</h4><p lang={language}>{withheld.says} ({withheld.source})</p><p className="story" lang={language}>{withheld.reason}</p></div>;
}

export function Done({ done }: { done: Schemas["ActedRecord"] }) {
  const { answering: text } = useText();
  return <div className="group"><h4>{text.holdings[done.kind] ?? done.kind}</h4><p>{text.results[done.result]}{done.told.length > 0 && ` ${text.told(done.told.join(", "))}`}</p>{done.act === "refuse" && <p className="story">{done.reason}</p>}</div>;
}
