/** What stands in a record, whatever its kind: an officer says what of it is the person's, and what is taken out. */
import { useId, type ReactNode } from "react";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Checkbox } from "../../ui/form";
import { Facts } from "../../ui/basics";
import type { Content, Draft } from "./case";

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const LONG = 60;
const LISTS = ["people", "vehicles"];
type Change = (change: Partial<Draft>) => void;

/** The whole record while it is decided about. */
export function Editable({ content, draft, change }: { content: Content; draft: Draft; change: Change }) {
  const { answering: text } = useText();
  const label = useLabel();
  const toggled = (list: readonly string[], each: string, on: boolean) => (on ? [...list, each] : list.filter((one) => one !== each));
  return (
    <>
      {LISTS.some((list) => Array.isArray(content[list])) && <p className="hint">{text.mineHint}</p>}
      {LISTS.filter((list) => Array.isArray(content[list])).map((list) => (
        <fieldset key={list} className="choices">
          <legend>{label(list)}</legend>
          <ul className="parts">
            {(content[list] as Content[]).map((each, place) => {
              const pointer = `/${list}/${place}`;
              const mine = draft.mine.includes(pointer);
              return (
                <li key={pointer} className={`part ${mine ? "" : "out"}`}>
                  <Checkbox label={list === "people" ? text.thisIsThem : text.thisIsTheirs} checked={mine} onChange={(event) => change({ mine: toggled(draft.mine, pointer, event.target.checked) })} />
                  <Shown content={each} redact={draft.redact} />
                  {!mine && <p className="hint">{text.takenOutWhole}</p>}
                </li>
              );
            })}
          </ul>
        </fieldset>
      ))}
      <ul className="parts">
        {Object.entries(content).filter(([name]) => !LISTS.includes(name)).map(([name, value]) => {
          const out = draft.leaveOut.includes(name);
          return (
            <li key={name} className={`part field-part ${out ? "out" : ""}`}>
              <Named name={label(name)}><Value name={name} value={value} redact={draft.redact} /></Named>
              <Checkbox label={text.leaveOut} aria-label={`${text.leaveOut}: ${label(name)}`} checked={out} onChange={(event) => change({ leaveOut: toggled(draft.leaveOut, name, event.target.checked) })} />
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Named({ name, children }: { name: string; children: ReactNode }) {
  const id = useId();
  return <div role="group" aria-labelledby={id}><p className="hint" id={id}>{name}</p><div className="story">{children}</div></div>;
}

/** As it would be given, or one part of it. */
export function Shown({ content, redact = [] }: { content: Content; redact?: readonly string[] }) {
  const label = useLabel();
  return <Facts rows={Object.entries(content).filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [label(name), <Value key={name} name={name} value={value} redact={redact} />])} />;
}

function useLabel() {
  const { fields, answering: text } = useText();
  return (name: string) => text.fields[name] ?? fields[name] ?? name;
}

function Value({ name, value, redact }: { name: string; value: unknown; redact: readonly string[] }): ReactNode {
  const { app, types, methods, howKnown, personRoles, ages, answering, evidence } = useText();
  const { dateTime, number, money } = useFormats();
  const words: Record<string, Record<string, string>> = { type: types, methods, howKnown, role: personRoles, ageBand: ages, status: answering.states, state: answering.states, mediaKind: evidence.kinds };
  if (typeof value === "boolean") return value ? app.yes : app.no;
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return MOMENT.test(value) ? dateTime(value) : <span className={value.length > LONG ? "long" : undefined}><Marked text={words[name]?.[value] ?? value} passages={redact} /></span>;
  if (Array.isArray(value)) {
    if (value.every((each) => typeof each !== "object")) return <>{value.map((each, place) => <span key={place}>{place > 0 && ", "}<Value name={name} value={each} redact={redact} /></span>)}</>;
    return <ul>{value.map((each, place) => <li key={place}><Value name={name} value={each} redact={redact} /></li>)}</ul>;
  }
  if (typeof value !== "object" || value === null) return null;
  if ("amountMinor" in value) return money(value as { amountMinor: number; currency: string });
  const parts = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return <>{parts.map(([key, each], place) => <span key={key}>{place > 0 && ", "}<Value name={key} value={each} redact={redact} /></span>)}</>;
}

/** The text with what is taken out struck through. */
function Marked({ text, passages }: { text: string; passages: readonly string[] }) {
  if (passages.length === 0) return <>{text}</>;
  const sought = [...passages].sort((one, other) => other.length - one.length).map((each) => each.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(${sought.join("|")})`, "gi"));
  return <>{parts.map((part, place) => (place % 2 === 1 ? <del key={place}>{part}</del> : part))}</>;
}
