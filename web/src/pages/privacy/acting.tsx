/** What an officer does before the answer: confirms receipt, says who it is, asks back, takes more time. */
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, withEtag } from "../../api/client";
import { useText } from "../../i18n";
import { Button, Notice, Section } from "../../ui/basics";
import { Choices, Select, TextArea, TextField } from "../../ui/form";
import { Failure } from "../../ui/loaded";
import { useCase, useKeep, type RightsCase } from "./case";

interface Of {
  found: RightsCase;
  etag: string;
}

/** The forms of a case: each is sent with the state that was seen, and shows what became of it. */
function useSteps({ found, etag }: Of) {
  const keep = useKeep(found.id);
  const again = useCase(found.id).refetch;
  return { params: { path: { caseId: found.id }, header: { "If-Match": etag } }, keep, again: () => void again() };
}

const sending = (send: () => void) => (event: FormEvent) => {
  event.preventDefault();
  send();
};

export function Identity(of: Of) {
  const { privacy: text, answering } = useText();
  const { params, keep, again } = useSteps(of);
  const { result = "unconfirmed" } = of.found.proof;
  const [changing, setChanging] = useState(false);
  const [proof, setProof] = useState({ result: "", how: of.found.facts.agent ? "agent_authority" : "facts_match", note: "" });
  const prove = useMutation({
    mutationFn: () => withEtag(api().POST("/api/rights/cases/{caseId}/identity", { params, body: { result: proof.result as "confirmed", note: proof.note, ...(proof.result === "confirmed" && { how: proof.how as "facts_match" }) } })),
    onSuccess: async (now) => {
      setChanging(false);
      await keep(now);
    },
  });
  if (result !== "unconfirmed" && !changing)
    return (
      <Section title={text.identity} actions={<Button onClick={() => setChanging(true)}>{answering.changeIdentity}</Button>}>
        <Notice tone={result === "confirmed" ? "good" : "warn"}>{text.identities[result]}{of.found.proof.how && `: ${text.proofs[of.found.proof.how]}`}</Notice>
        <p className="story">{of.found.proof.note}</p>
      </Section>
    );
  return (
    <Section title={text.checkIdentity}>
      <form className="stack" onSubmit={sending(() => prove.mutate())}>
        <p className="hint">{answering.identityHint}</p>
        <Choices legend={text.identity} name="identity" value={proof.result} onChange={(value) => setProof({ ...proof, result: value })} options={[["confirmed", text.identities["confirmed"]!], ["not_confirmed", text.identities["not_confirmed"]!]]} />
        {proof.result === "confirmed" && <Select label={text.how} value={proof.how} onChange={(event) => setProof({ ...proof, how: event.target.value })} options={Object.entries(text.proofs)} />}
        {proof.result === "not_confirmed" && <Notice tone="warn">{answering.notIdentified}</Notice>}
        <TextArea label={text.note} required minLength={5} maxLength={4000} value={proof.note} onChange={(event) => setProof({ ...proof, note: event.target.value })} />
        {prove.error && <Failure error={prove.error} retry={again} />}
        <Button type="submit" busy={prove.isPending} disabled={!proof.result}>{text.record}</Button>
      </form>
    </Section>
  );
}

export function Asking(of: Of) {
  return (
    <>
      <AskBack {...of} />
      {!of.found.clock.extended && of.found.clock.grounds.length > 0 && <MoreTime {...of} />}
    </>
  );
}

export function Receipt(of: Of) {
  const { privacy: text } = useText();
  const { params, keep, again } = useSteps(of);
  const acknowledge = useMutation({ mutationFn: () => withEtag(api().POST("/api/rights/cases/{caseId}/acknowledgement", { params, body: {} })), onSuccess: keep });
  return (
    <Section title={text.acknowledge}>
      <p>{text.acknowledgeWhy}</p>
      {acknowledge.error && <Failure error={acknowledge.error} retry={again} />}
      <Button busy={acknowledge.isPending} onClick={() => acknowledge.mutate()}>{text.acknowledge}</Button>
    </Section>
  );
}

function AskBack(of: Of) {
  const { privacy: text, answering } = useText();
  const { params, keep, again } = useSteps(of);
  const [reason, setReason] = useState("clarification");
  const [message, setMessage] = useState("");
  const ask = useMutation({
    mutationFn: () => withEtag(api().POST("/api/rights/cases/{caseId}/questions", { params, body: { reason: reason as "clarification", message } })),
    onSuccess: async (now) => {
      setMessage("");
      await keep(now);
    },
  });
  const waiting = of.found.waits.filter((each) => !each.until);
  return (
    <Section title={text.askBack}>
      {waiting.map((each) => <Notice key={each.reason} tone="info">{answering.waitingFor(text.waits[each.reason] ?? each.reason, !!each.counts)}</Notice>)}
      <form className="stack" onSubmit={sending(() => ask.mutate())}>
        <p className="hint">{text.askWhy}</p>
        <Select label={text.reason} value={reason} onChange={(event) => setReason(event.target.value)} options={Object.entries(text.waits)} />
        <TextArea label={text.message} required minLength={5} maxLength={4000} value={message} onChange={(event) => setMessage(event.target.value)} />
        {ask.error && <Failure error={ask.error} retry={again} />}
        <Button type="submit" busy={ask.isPending}>{text.send}</Button>
      </form>
    </Section>
  );
}

function MoreTime(of: Of) {
  const { answering: text } = useText();
  const { params, keep, again } = useSteps(of);
  const { grounds, latestOn } = of.found.clock;
  const [form, setForm] = useState({ ground: grounds[0]!, until: latestOn ?? "", message: "" });
  const extend = useMutation({ mutationFn: () => withEtag(api().POST("/api/rights/cases/{caseId}/extension", { params, body: form })), onSuccess: keep });
  return (
    <Section title={text.moreTime}>
      <details>
        <summary>{text.moreTimeOpen}</summary>
        <form className="stack" onSubmit={sending(() => extend.mutate())}>
          <p className="hint">{text.moreTimeHint}</p>
          <Select label={text.ground} value={form.ground} onChange={(event) => setForm({ ...form, ground: event.target.value })} options={grounds.map((each) => [each, text.grounds[each] ?? each])} />
          <TextField label={text.newDay} type="date" required max={latestOn ?? undefined} value={form.until} onChange={(event) => setForm({ ...form, until: event.target.value })} />
          <TextArea label={text.asTold} required minLength={5} maxLength={4000} value={form.message} onChange={(event) => setForm({ ...form, message: event.target.value })} />
          {extend.error && <Failure error={extend.error} retry={again} />}
          <Button type="submit" busy={extend.isPending}>{text.takeTime}</Button>
        </form>
      </details>
    </Section>
  );
}
