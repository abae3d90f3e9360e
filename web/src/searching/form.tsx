/** What may be asked for, by kind of record: the fields that a kind can be searched by, and no others. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { Button } from "../ui/basics";
import { Checkbox, Choices, Select, Several, TextField } from "../ui/form";

export type Sought = Schemas["Search"];
export type Kind = Schemas["SearchAnswer"]["searched"][number];

export const EMPTY = {
  kind: "" as Kind | "", types: [] as string[], methods: [] as string[], product: "", minLoss: "", since: "", until: "", siteIds: [] as string[], status: "", weaponSeen: "",
  worn: "", marks: "", plate: "", like: false, caseReference: "", name: "", title: "", policeReference: "", caseStatuses: [] as string[], media: [] as string[],
};
export type Form = typeof EMPTY;
type Field = keyof Form;

const PLATE: Field[] = ["plate", "like", "caseReference"];
const TIME: Field[] = ["since", "until"];
const FIELDS: Record<Kind, Field[]> = {
  report: ["types", "methods", "product", "minLoss", "siteIds", "status", "weaponSeen", "worn", "marks", ...PLATE, ...TIME],
  person: ["name", "worn", "marks", ...TIME],
  vehicle: [...PLATE, ...TIME],
  case: ["title", "policeReference", "caseStatuses", ...TIME],
  evidence: ["siteIds", "media", ...TIME],
};

export function SearchForm({ form, set, search, clear, busy }: { form: Form; set: (part: Partial<Form>) => void; search: () => void; clear: () => void; busy: boolean }) {
  const { search: text, seek, nav, types, methods, app, fields, reports, cases, evidence } = useText();
  const { me, has } = useSession();
  const shown = new Set(FIELDS[form.kind || "report"]);
  const typed = (field: "product" | "worn" | "marks" | "name" | "title" | "caseReference" | "policeReference", label: string, hint?: string) =>
    shown.has(field) && <TextField label={label} hint={hint} maxLength={field === "policeReference" ? 60 : 200} value={form[field]} onChange={(event) => set({ [field]: event.target.value })} />;
  const plates = shown.has("plate") && has("investigator");
  return (
    <form className="stack card" onSubmit={(event) => { event.preventDefault(); search(); }}>
      <Choices legend={seek.what} name="kind" value={form.kind} onChange={(kind) => set({ kind: kind as Kind })} options={[["", seek.anything], ...Object.entries(seek.kinds)]} />
      {shown.has("types") && <Several legend={fields["type"]!} options={Object.entries(types)} value={form.types} onChange={(value) => set({ types: value })} />}
      {shown.has("methods") && <Several legend={fields["methods"]!} options={Object.entries(methods)} value={form.methods} onChange={(value) => set({ methods: value })} />}
      {shown.has("caseStatuses") && <Several legend={app.state} options={Object.entries(cases.statuses)} value={form.caseStatuses} onChange={(value) => set({ caseStatuses: value })} />}
      {shown.has("media") && <Several legend={seek.media} options={Object.entries(evidence.kinds)} value={form.media} onChange={(value) => set({ media: value })} />}
      <div className="filters">
        {typed("name", fields["name"]!, seek.nameHint)}
        {typed("title", cases.title, seek.titleHint)}
        {typed("policeReference", fields["policeReference"]!)}
        {typed("product", text.product)}
        {typed("worn", seek.worn, seek.wornHint)}
        {typed("marks", seek.marks, seek.marksHint)}
        {shown.has("siteIds") && <Select label={app.site} value={form.siteIds[0] ?? ""} onChange={(event) => set({ siteIds: event.target.value ? [event.target.value] : [] })} options={[["", app.all], ...me.sites.map(({ id, name }) => [id, name] as const)]} />}
        {shown.has("minLoss") && <TextField label={reports.minLoss} type="number" min={0} value={form.minLoss} onChange={(event) => set({ minLoss: event.target.value })} />}
        {TIME.map((field) => <TextField key={field} label={field === "since" ? app.since : app.until} type="date" value={String(form[field])} onChange={(event) => set({ [field]: event.target.value })} />)}
        {shown.has("status") && <Select label={app.state} value={form.status} onChange={(event) => set({ status: event.target.value })} options={[["", app.all], ["open", reports.open], ["closed", reports.closed]]} />}
        {shown.has("weaponSeen") && <Select label={fields["weaponSeen"]!} value={form.weaponSeen} onChange={(event) => set({ weaponSeen: event.target.value })} options={[["", app.any], ["yes", app.yes], ["no", app.no]]} />}
        {plates && <TextField label={fields["plate"]!} maxLength={20} value={form.plate} onChange={(event) => set({ plate: event.target.value })} />}
        {plates && form.plate && <TextField label={fields["caseReference"]!} hint={seek.plateHint} required maxLength={200} value={form.caseReference} onChange={(event) => set({ caseReference: event.target.value })} />}
        {plates && form.plate && <Checkbox label={seek.like} checked={form.like} onChange={(event) => set({ like: event.target.checked })} />}
      </div>
      <div className="actions">
        <Button look="primary" type="submit" busy={busy}>{nav.search}</Button>
        <Button onClick={clear}>{text.clear}</Button>
      </div>
    </form>
  );
}

/** As the API is asked; what the chosen kind cannot be searched by is left out. */
export function asked(form: Form): Sought {
  const given = new Map(FIELDS[form.kind || "report"].map((field) => [field, form[field]]));
  const words = (field: Field) => (typeof given.get(field) === "string" && given.get(field) ? { [field]: String(given.get(field)).trim() } : {});
  const several = (field: Field) => ((given.get(field) as string[] | undefined)?.length ? { [field]: given.get(field) } : {});
  const { since, until, minLoss, weaponSeen, like } = Object.fromEntries(given) as Partial<Form>;
  return {
    limit: 25,
    ...(form.kind && { kinds: [form.kind] }),
    ...Object.assign({}, ...(["types", "methods", "siteIds", "caseStatuses", "media"] as const).map(several)),
    ...Object.assign({}, ...(["product", "worn", "marks", "name", "title", "policeReference", "plate", "status"] as const).map(words)),
    ...(given.get("plate") && { ...words("caseReference"), ...(like && { like }) }),
    ...(minLoss && { minLossMinor: Math.round(Number(minLoss) * 100) }),
    ...(since && { since: `${since}T00:00:00Z` }),
    ...(until && { until: `${until}T23:59:59Z` }),
    ...(weaponSeen && { weaponSeen: weaponSeen === "yes" }),
  };
}
