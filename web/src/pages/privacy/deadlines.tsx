/** Who must be told of a breach by when, asked without entering it anywhere. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useSession } from "../../session/session";
import { Badge, Button, Notice, Server } from "../../ui/basics";
import { Choices, localValue, Several, TextField } from "../../ui/form";
import { Failure } from "../../ui/loaded";

export function Deadlines() {
  const { privacy: text } = useText();
  const { me } = useSession();
  const { dateTime } = useFormats();
  const [form, setForm] = useState({ jurisdictions: me.organisation.jurisdiction, awareAt: localValue(new Date()), risk: "likely", people: "1", unreadable: [] as string[] });
  const ask = useMutation({
    mutationFn: () => ok(api().GET("/api/breaches/deadlines", {
      params: { query: {
        jurisdictions: form.jurisdictions, awareAt: new Date(form.awareAt).toISOString(), risk: form.risk as "likely", people: Number(form.people), ...(form.unreadable.length > 0 && { unreadable: true }),
      } },
    })),
  });
  return (
    <>
      <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); ask.mutate(); }}>
        <p>{text.breachWhy}</p>
        <TextField label={text.jurisdictions} required value={form.jurisdictions} onChange={(event) => setForm({ ...form, jurisdictions: event.target.value })} />
        <TextField label={text.awareAt} type="datetime-local" required value={form.awareAt} onChange={(event) => setForm({ ...form, awareAt: event.target.value })} />
        <Choices legend={text.risk} name="risk" value={form.risk} onChange={(risk) => setForm({ ...form, risk })} options={Object.entries(text.risks)} />
        <TextField label={text.people} type="number" min={1} required value={form.people} onChange={(event) => setForm({ ...form, people: event.target.value })} />
        <Several legend={text.data} value={form.unreadable} onChange={(unreadable) => setForm({ ...form, unreadable })} options={[["unreadable", text.unreadable]]} />
        {ask.error && <Failure error={ask.error} />}
        <Button look="primary" type="submit" busy={ask.isPending}>{text.whoToTell}</Button>
      </form>
      {ask.data && (
        <div role="status"><ul className="cards">
          {ask.data.duties.map((duty) => (
            <li key={duty.id} className={`row-card ${duty.passed ? "urgent" : ""}`}>
              <div className="row-main">
                <h2><Server>{duty.whom}</Server></h2>
                <p className="meta"><Badge tone={duty.passed ? "bad" : "warn"}>{duty.dueAt ? dateTime(duty.dueAt) : text.atOnce}</Badge><Server>{duty.regime}</Server></p>
                <p><Server>{duty.says}</Server></p>
                <p className="hint"><Server>{duty.source}</Server>{!duty.sourceRead && ` ${text.unread}`}</p>
              </div>
            </li>
          ))}
          {ask.data.uncovered.length > 0 && <li><Notice tone="warn">{text.uncovered(ask.data.uncovered.join(", "))}</Notice></li>}
        </ul></div>
      )}
    </>
  );
}
