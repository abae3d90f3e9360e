/** Rules of what is told outside the app: of a person, or of an organisation for its roles. */
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { Badge, Button } from "../ui/basics";
import { Checkbox, Choices, Several, TextField } from "../ui/form";
import { FilterFields, useToldOf } from "./filter";

export type Rule = Schemas["Rule"];
export type TeamRule = Schemas["TeamRule"];
type Quiet = Schemas["QuietHours"];
const ROLES = ["reporter", "investigator", "org_admin", "privacy_officer", "auditor", "officer"];
/** Where a person is told; webhooks are of the whole organisation. */
const OUTLETS = ["email", "push"];
const MOST = 30;

/** The rules of a person. */
export function OwnRules({ rules, set }: { rules: Rule[]; set: (rules: Rule[]) => void }) {
  const { channels: text } = useText();
  return (
    <Rules rules={rules} set={set} fresh={() => ({ outlets: ["email"], pace: "immediately", tells: {} })} nameOf={(_, index) => text.rule(index + 1)} />
  );
}

/** The rules of an organisation: they have a name, which is told as the reason, and may hold whatever people choose. */
export function TeamRules({ rules, set }: { rules: TeamRule[]; set: (rules: TeamRule[]) => void }) {
  const { channels: text, roles } = useText();
  return (
    <Rules
      rules={rules}
      set={set}
      fresh={() => ({ name: "", outlets: ["email"], pace: "immediately", tells: {}, roles: [], mandatory: false })}
      nameOf={(rule, index) => rule.name || text.rule(index + 1)}
      more={(rule, put) => (
        <>
          <TextField label={text.ruleName} hint={text.ruleNameHint} required minLength={2} maxLength={60} value={rule.name} onChange={(event) => put({ ...rule, name: event.target.value })} />
          <Several legend={text.forRoles} hint={text.forAll} options={ROLES.map((each) => [each, roles[each]!])} value={rule.roles ?? []} onChange={(chosen) => put({ ...rule, roles: chosen as NonNullable<TeamRule["roles"]> })} />
          <Checkbox label={text.mandatory} hint={text.mandatoryHint} checked={rule.mandatory ?? false} onChange={(event) => put({ ...rule, mandatory: event.target.checked })} />
        </>
      )}
    />
  );
}

function Rules<R extends Rule>({ rules, set, fresh, nameOf, more }: {
  rules: R[]; set: (rules: R[]) => void; fresh: () => R; nameOf: (rule: R, index: number) => string;
  more?: (rule: R, put: (rule: R) => void) => ReactNode;
}) {
  const { channels: text, app } = useText();
  return (
    <>
      {rules.length === 0 && <p className="hint">{text.noRules}</p>}
      {rules.map((rule, index) => {
        const put = (changed: R) => set(rules.map((each, place) => (place === index ? changed : each)));
        return (
          <fieldset key={index} className="group">
            <legend>{nameOf(rule, index)}</legend>
            {more?.(rule, put)}
            <ToldOf rule={rule} />
            <FilterFields filter={rule.tells ?? {}} set={(tells) => put({ ...rule, tells })} />
            <Several legend={text.where} options={OUTLETS.map((each) => [each, text.outlets[each]!])} value={rule.outlets} onChange={(outlets) => outlets.length > 0 && put({ ...rule, outlets: outlets as Rule["outlets"] })} />
            <Choices legend={text.when} name={`pace-${nameOf(rule, index)}-${index}`} options={Object.entries(text.paces)} value={rule.pace ?? "immediately"} onChange={(pace) => put({ ...rule, pace: pace as NonNullable<Rule["pace"]> })} />
            <Button look="quiet" onClick={() => set(rules.filter((_, place) => place !== index))} aria-label={`${app.remove}: ${nameOf(rule, index)}`}>{app.remove}</Button>
          </fieldset>
        );
      })}
      <div><Button disabled={rules.length >= MOST} onClick={() => set([...rules, fresh()])}>{text.addRule}</Button></div>
    </>
  );
}

function ToldOf({ rule }: { rule: Rule }) {
  const { channels: text } = useText();
  const toldOf = useToldOf();
  return <p>{text.tells}: <strong>{toldOf(rule.tells)}</strong></p>;
}

/** What the organisation has set, to read. */
export function RuleList({ rules }: { rules: readonly TeamRule[] }) {
  const { channels: text } = useText();
  const toldOf = useToldOf();
  if (rules.length === 0) return <p className="hint">{text.noRules}</p>;
  return (
    <ul className="items">
      {rules.map((rule) => (
        <li key={rule.name}>
          <strong>{rule.name}</strong>
          <span className="meta">
            <span>{toldOf(rule.tells)}</span><span>{rule.outlets.map((each) => text.outlets[each]).join(", ")}</span><span>{text.paces[rule.pace ?? "immediately"]}</span>
            {rule.mandatory && <Badge tone="warn">{text.mandatoryBadge}</Badge>}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function QuietHours({ quiet, set }: { quiet: Quiet | null | undefined; set: (quiet: Quiet | null) => void }) {
  const { channels: text } = useText();
  return (
    <>
      <Checkbox label={text.quiet} hint={text.quietHint} checked={!!quiet} onChange={(event) => set(event.target.checked ? { begins: "22:00", ends: "06:30", urgentAnyway: true } : null)} />
      {quiet && (
        <>
          <div className="line">
            <TextField label={text.begins} type="time" required value={quiet.begins} onChange={(event) => set({ ...quiet, begins: event.target.value })} />
            <TextField label={text.ends} type="time" required value={quiet.ends} onChange={(event) => set({ ...quiet, ends: event.target.value })} />
          </div>
          <Checkbox label={text.urgentAnyway} checked={quiet.urgentAnyway ?? true} onChange={(event) => set({ ...quiet, urgentAnyway: event.target.checked })} />
        </>
      )}
    </>
  );
}
