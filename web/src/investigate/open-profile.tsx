/** A profile begins with a report: what is known is taken from there, why it is needed is not. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api, freshKey, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { Button } from "../ui/basics";
import { Choices, Select, TextField } from "../ui/form";
import { Failure } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";
import { Described, described, empty, ofPerson, ofVehicle } from "./described";
import { HowSure, type Confidence } from "./parts";

const REVIEW_DAYS = 90;
export const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export default function OpenProfile({ report }: { report: Schemas["ReportView"] }) {
  const { profiles: text, personRoles, fields } = useText();
  const { purpose } = useSession();
  const [, navigate] = useLocation();
  const people = (report.people ?? []).filter((person) => person.role === "suspect");
  const vehicles = report.vehicles ?? [];
  const [subject, setSubject] = useState<"person" | "vehicle">(people.length > 0 || vehicles.length === 0 ? "person" : "vehicle");
  const [form, setForm] = useState({ label: "", reason: "", reviewAt: inDays(REVIEW_DAYS), same: "", confidence: "" });
  const [known, setKnown] = useState(() => (people[0] ? ofPerson(people[0]) : vehicles[0] ? ofVehicle(vehicles[0]) : empty));
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const choose = (wanted: "person" | "vehicle", index: number) => {
    setSubject(wanted);
    const person = people[index], vehicle = vehicles[index];
    setKnown(wanted === "person" ? (person ? ofPerson(person) : empty) : vehicle ? ofVehicle(vehicle) : empty);
  };
  const open = useMutation({
    mutationFn: () => ok(api().POST("/api/profiles", {
      params: { query: { purpose }, header: { "Idempotency-Key": freshKey() } },
      body: {
        subject, label: form.label, reason: form.reason, reviewAt: `${form.reviewAt}T12:00:00Z`, ...described(subject, known),
        reports: [{ reportId: report.id, reason: form.same, confidence: form.confidence as Confidence }],
      },
    })),
    onSuccess: ({ id }) => navigate(`/profiles/${id}`),
  });
  const some = subject === "person" ? people : vehicles;
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); open.mutate(); }}>
      <p>{text.openLead}</p>
      <Choices legend={text.subject} name="subject" value={subject} onChange={(value) => choose(value as "person", 0)} options={[["person", text.subjects["person"]!], ["vehicle", text.subjects["vehicle"]!]]} />
      {some.length > 1 && (
        <Select
          label={subject === "person" ? text.fromWhom : text.fromWhich}
          onChange={(event) => choose(subject, Number(event.target.value))}
          options={some.map((each, index) => [String(index), "role" in each ? `${text.nth(personRoles[each.role]!, index + 1)}: ${each.clothing ?? ""}` : text.nth(fields["vehicles"]!, index + 1)])}
        />
      )}
      <TextField label={text.label} hint={text.labelHint} required minLength={3} maxLength={120} value={form.label} onChange={(event) => set({ label: event.target.value })} />
      <ScreenedText label={text.whyOpen} required rows={2} maxLength={2000} value={form.reason} onChange={(reason) => set({ reason })} />
      <Described subject={subject} value={known} onChange={setKnown} />
      <ScreenedText label={text.whySame} required rows={2} maxLength={2000} value={form.same} onChange={(same) => set({ same })} />
      <HowSure value={form.confidence} onChange={(confidence) => set({ confidence })} />
      <TextField label={text.reviewAt} hint={text.reviewHint} type="date" required min={inDays(1)} max={inDays(182)} value={form.reviewAt} onChange={(event) => set({ reviewAt: event.target.value })} />
      {open.error && <Failure error={open.error} />}
      <Button look="primary" type="submit" busy={open.isPending} disabled={!form.confidence}>{text.open}</Button>
    </form>
  );
}
