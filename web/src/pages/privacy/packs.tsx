/** What a controller has to be able to show, as it is in force at this moment: to read here, and as PDF. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { api, ok, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Button, Facts, Notice, Section, scrolling } from "../../ui/basics";
import { Failure } from "../../ui/loaded";
import { saveFile } from "../../ui/save";

type Pack = Schemas["PackView"];
const PACKS = ["record-of-processing", "impact-assessment", "sub-processors", "retention-schedule", "access-matrix"] as const;

export function Packs() {
  const { packs: text } = useText();
  const [shown, setShown] = useState<Pack>();
  return (
    <>
      <p className="hint">{text.lead}</p>
      <ul className="cards">{PACKS.map((each) => <li key={each} className="row-card"><One pack={each} show={setShown} open={shown?.pack === each} /></li>)}</ul>
      <div role="status">{shown && <Paper key={shown.pack} made={shown} />}</div>
    </>
  );
}

function One({ pack, show, open }: { pack: (typeof PACKS)[number]; show: (made: Pack) => void; open: boolean }) {
  const { packs: text } = useText();
  const read = useMutation({ mutationFn: () => ok(api().GET("/api/accountability/{pack}", { params: { path: { pack } } })) as Promise<Pack>, onSuccess: show });
  const paper = useMutation({
    mutationFn: () => ok(api().GET("/api/accountability/{pack}", { params: { path: { pack }, query: { form: "pdf" } }, parseAs: "blob" })) as unknown as Promise<Blob>,
    onSuccess: (file) => saveFile(file, `${pack}.pdf`),
  });
  const error = read.error ?? paper.error;
  const name = text.names[pack]!;
  return (
    <>
      <div className="row-main"><h2>{name}</h2><p className="hint">{text.about[pack]}</p>{error && <Failure error={error} />}</div>
      <div className="actions">
        <Button aria-label={`${text.read}: ${name}`} aria-pressed={open} busy={read.isPending} onClick={() => read.mutate()}>{text.read}</Button>
        <Button aria-label={`${text.pdf}: ${name}`} busy={paper.isPending} onClick={() => paper.mutate()}>{text.pdf}</Button>
      </div>
    </>
  );
}

/** The document is written in English, whatever the page speaks. */
function Paper({ made }: { made: Pack }) {
  const { packs: text } = useText();
  const { dateTime } = useFormats();
  const top = useRef<HTMLDivElement>(null);
  useEffect(() => top.current?.scrollIntoView({ block: "start" }), []);
  return (
    <div ref={top}><Section title={text.names[made.pack] ?? made.title}>
      <p className="hint">{text.madeAt(dateTime(made.madeAt), made.version)}</p>
      {made.draft && <Notice tone="warn">{text.draft}</Notice>}
      <div lang="en" className="stack">{made.sections.map((each, place) => <Part key={place} part={each} />)}</div>
    </Section></div>
  );
}

function Part({ part }: { part: Pack["sections"][number] }) {
  const id = useId();
  const Heading = part.level === 2 ? "h4" : "h3";
  return (
    <div className="stack">
      <Heading id={id}>{part.title}</Heading>
      {part.text?.map((each, place) => <p key={place}>{each}</p>)}
      {!!part.facts?.length && <Facts rows={part.facts.map((each): [string, string | null] => [each.name, each.value])} />}
      {!!part.points?.length && <ul>{part.points.map((each, place) => <li key={place}>{each}</li>)}</ul>}
      {part.table && (
        <div {...scrolling} aria-labelledby={id}>
          <table>
            <thead><tr>{part.table.header.map((each) => <th key={each} scope="col">{each}</th>)}</tr></thead>
            <tbody>{part.table.rows.map((row, place) => <tr key={place}>{row.map((each, column) => <td key={column}>{each}</td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
    </div>
  );
}
