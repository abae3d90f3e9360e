/** What is not deleted while a case needs it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, freshKey, ok, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useSession } from "../../session/session";
import { Badge, Button, Empty, Section } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { localValue, Select, TextArea, TextField } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";

type Hold = Schemas["HoldView"];
const DAY_MS = 86_400_000;

export function Holds() {
  const { privacy: text } = useText();
  const { has } = useSession();
  const { date } = useFormats();
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: ["holds"], queryFn: () => ok(api().GET("/api/retention/holds")) });
  return (
    <Section title={text.holds} actions={has("privacy_officer") && <Button look="primary" onClick={() => setAdding(true)}>{text.hold}</Button>}>
      <p className="hint">{text.holdsWhy}</p>
      <Dialog open={adding} title={text.hold} onClose={() => setAdding(false)}><AddHold done={() => setAdding(false)} /></Dialog>
      <Loaded query={query}>
        {({ holds }) => holds.length === 0 ? <Empty title={text.noHolds}>{text.noHoldsWhy}</Empty> : (
          <ul className="items">
            {holds.map((hold) => (
              <li key={hold.id}>
                <strong>{hold.caseReference}</strong>
                <p>{hold.reason}</p>
                <span className="meta"><span>{text.records(hold.records.length)}</span><span>{text.holdsUntil(date(hold.holdsUntil))}</span><span>{text.reviewBy(date(hold.reviewAt))}</span>{hold.needsApproval && !hold.approvedBy && <Badge tone="warn">{text.needsSecond}</Badge>}</span>
                {has("privacy_officer") && !hold.releasedAt && <OfHold hold={hold} />}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

function OfHold({ hold }: { hold: Hold }) {
  const { privacy: text } = useText();
  const { me } = useSession();
  const queries = useQueryClient();
  const params = { path: { holdId: hold.id }, header: { "If-Match": hold.etag } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["holds"] });
  const release = useMutation({ mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/release", { params })), onSuccess: refresh });
  const approve = useMutation({ mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/approval", { params })), onSuccess: refresh });
  const review = useMutation({
    mutationFn: () => ok(api().POST("/api/retention/holds/{holdId}/review", { params, body: { reviewAt: new Date(Math.min(Date.now() + 89 * DAY_MS, Date.parse(hold.until))).toISOString() } })),
    onSuccess: refresh,
  });
  const error = release.error ?? approve.error ?? review.error;
  return (
    <div className="actions">
      {error && <Failure error={error} retry={() => void refresh()} />}
      <Button busy={review.isPending} onClick={() => review.mutate()}>{text.stillNeeded}</Button>
      {hold.needsApproval && !hold.approvedBy && hold.requestedBy !== me.userId && <Button busy={approve.isPending} onClick={() => approve.mutate()}>{text.agree}</Button>}
      <Button look="danger" busy={release.isPending} onClick={() => release.mutate()} aria-label={`${text.release}: ${hold.caseReference}`}>{text.release}</Button>
    </div>
  );
}

function AddHold({ done }: { done: () => void }) {
  const { privacy: text, cases } = useText();
  const queries = useQueryClient();
  const [form, setForm] = useState({ kind: "report", id: "", reason: "", caseReference: "", until: localValue(new Date(Date.now() + 90 * DAY_MS)).slice(0, 10) });
  const add = useMutation({
    mutationFn: () => ok(api().POST("/api/retention/holds", {
      params: { header: { "Idempotency-Key": freshKey() } },
      body: { records: [{ kind: form.kind as "report", id: form.id.trim().split("/").pop()!.split("?")[0]! }], reason: form.reason, caseReference: form.caseReference, until: `${form.until}T00:00:00Z` },
    })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["holds"] });
      done();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
      <Select label={cases.kind} value={form.kind} onChange={(event) => setForm({ ...form, kind: event.target.value })} options={["report", "evidence", "case"].map((each) => [each, cases.kinds[each]!])} />
      <TextField label={cases.address} hint={cases.addressHint} required value={form.id} onChange={(event) => setForm({ ...form, id: event.target.value })} />
      <TextArea label={text.reason} required minLength={5} maxLength={2000} value={form.reason} onChange={(event) => setForm({ ...form, reason: event.target.value })} />
      <TextField label={text.caseReference} required maxLength={60} value={form.caseReference} onChange={(event) => setForm({ ...form, caseReference: event.target.value })} />
      <TextField label={text.holdUntil} type="date" required value={form.until} onChange={(event) => setForm({ ...form, until: event.target.value })} />
      {add.error && <Failure error={add.error} />}
      <Button look="primary" type="submit" busy={add.isPending}>{text.hold}</Button>
    </form>
  );
}
