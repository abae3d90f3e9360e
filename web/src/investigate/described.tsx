/** What a profile may say of a person or a vehicle. There is no field for anything else. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { TextField } from "../ui/form";
import { ScreenedText } from "../ui/screened";

const OF_PERSON = ["clothing", "marks", "carried", "behaviour"] as const;
const OF_VEHICLE = ["plate", "country", "make", "model", "colour", "notes"] as const;
type Field = (typeof OF_PERSON)[number] | (typeof OF_VEHICLE)[number] | "names";
export type Known = Record<Field, string>;
type Subject = "person" | "vehicle";
type Vehicle = Schemas["VehicleDescription"];

export const empty: Known = { names: "", clothing: "", marks: "", carried: "", behaviour: "", plate: "", country: "", make: "", model: "", colour: "", notes: "" };

const taken = (fields: readonly Field[], from: Partial<Record<Field, unknown>>): Partial<Known> => Object.fromEntries(fields.map((field) => [field, String(from[field] ?? "")]));
export const ofPerson = (person: Schemas["PersonDescription"]): Known => ({ ...empty, ...taken(OF_PERSON, person as Partial<Record<Field, unknown>>), names: person.name ?? "" });
export const ofVehicle = (vehicle: Vehicle): Known => ({ ...empty, ...taken(OF_VEHICLE, vehicle as Partial<Record<Field, unknown>>) });
export const ofProfile = (profile: Schemas["ProfileView"]): Known =>
  profile.subject === "vehicle" ? ofVehicle(profile.vehicle ?? {}) : { ...empty, ...taken(OF_PERSON, profile as Partial<Record<Field, unknown>>), names: profile.names.join(", ") };

/** As the API takes it; what was left empty is not known. */
export function described(subject: Subject, known: Known) {
  const given = (fields: readonly Field[]) => Object.fromEntries(fields.map((field) => [field, known[field].trim() || null]));
  if (subject === "vehicle") return { vehicle: given(OF_VEHICLE) as Vehicle };
  return { names: known.names.split(",").map((name) => name.trim()).filter(Boolean), ...given(OF_PERSON) };
}

/** Only what differs from what is there: the history names each field that was changed. */
export function corrected(profile: Schemas["ProfileView"], known: Known) {
  const before: Record<string, unknown> = described(profile.subject, ofProfile(profile));
  return Object.fromEntries(Object.entries(described(profile.subject, known)).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field])));
}

export function Described({ subject, value, onChange }: { subject: Subject; value: Known; onChange: (value: Known) => void }) {
  const { fields, profiles: text } = useText();
  const set = (field: Field) => (words: string) => onChange({ ...value, [field]: words });
  if (subject === "vehicle")
    return (
      <div className="line">
        {OF_VEHICLE.map((field) => <TextField key={field} label={fields[field]!} optional maxLength={field === "country" ? 2 : 200} value={value[field]} onChange={(event) => set(field)(event.target.value)} />)}
      </div>
    );
  return (
    <>
      <TextField label={text.names} hint={text.namesHint} optional maxLength={600} value={value.names} onChange={(event) => set("names")(event.target.value)} />
      {OF_PERSON.map((field) => <ScreenedText key={field} label={fields[field]!} optional rows={1} maxLength={2000} value={value[field]} onChange={set(field)} />)}
    </>
  );
}
