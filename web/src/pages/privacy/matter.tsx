/** A complaint, or a request of a third party: what somebody wrote, and the answer that they can read. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../../api/client";
import { useLanguage, useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { useSession } from "../../session/session";
import { Badge, Button, Facts, Notice, Page, Section, Server } from "../../ui/basics";
import { Choices, TextArea } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";
import { Days } from "./matters";

type Matter = Schemas["MatterView"];
type Outcome = Schemas["Closing"]["outcome"];
const OUTCOMES: Record<Matter["kind"], Outcome[]> = {
  complaint: ["upheld", "partly", "not_upheld", "transferred", "withdrawn"],
  third_party_request: ["disclosed", "partly", "refused", "transferred", "withdrawn"],
};

export function MatterPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: ["matter", id], queryFn: () => ok(api().GET("/api/complaints/{complaintId}", { params: { path: { complaintId: id } } })) });
  return <Loaded query={query}>{(found) => <One found={found} again={() => void query.refetch()} />}</Loaded>;
}

function One({ found, again }: { found: Matter; again: () => void }) {
  const { matters: text, privacy, answering } = useText();
  const { dateTime } = useFormats();
  const { me } = useSession();
  const { language } = useLanguage();
  const back = found.kind === "complaint" ? "complaints" : "third-parties";
  return (
    <Page
      title={(found.about && text.abouts[found.about]) ?? (found.sender && text.senders[found.sender]) ?? found.reference}
      lead={<>{found.reference} <Link href={`/privacy/${back}`}>{text.titles[found.kind]}</Link> {found.overdue && <Badge tone="bad">{privacy.overdue}</Badge>} <Days line={found} /></>}
    >
      <div className="columns">
        <div>
          <Section title={text.wrote}>
            <p className="story">{found.whatHappened}</p>
            <Facts rows={[[answering.fields["wanted"]!, found.wanted], [text.legalBasis, found.legalBasis]]} />
          </Section>
          {found.state === "closed" ? (
            <Section title={text.answerGiven}>
              <p>{found.outcome && <Badge tone="good">{text.outcomes[found.outcome]}</Badge>}</p>
              <p className="story">{found.answer}</p>
            </Section>
          ) : <Close found={found} again={again} />}
        </div>
        <div>
          {found.state === "received" && <Acknowledge found={found} again={again} />}
          <Section title={text.from}>
            <Facts rows={[[privacy.name, found.name], [text.body, found.body], [privacy.contact, found.contact], [text.theirReference, found.theirReference], [text.language, new Intl.DisplayNames([language], { type: "language" }).of(found.language)], [text.rule, found.rule && <Server key="rule">{found.rule}</Server>]]} />
          </Section>
          <Section title={text.history}>
            <ol className="timeline">
              {found.steps.map((each) => <li key={each.at + each.action}><strong>{text.states[each.action]}</strong> <time className="hint" dateTime={each.at}>{dateTime(each.at)}</time>{each.by && <p className="hint">{each.by === me.userId ? text.byYou : text.byColleague}</p>}</li>)}
            </ol>
          </Section>
        </div>
      </div>
    </Page>
  );
}

function useKept(found: Matter) {
  const queries = useQueryClient();
  return {
    params: { path: { complaintId: found.id }, header: { "If-Match": found.etag } },
    kept: async (now: Matter) => {
      queries.setQueryData(["matter", found.id], now);
      await queries.invalidateQueries({ queryKey: ["matters"] });
    },
  };
}

function Acknowledge({ found, again }: { found: Matter; again: () => void }) {
  const { matters: text, privacy } = useText();
  const { params, kept } = useKept(found);
  const send = useMutation({ mutationFn: () => ok(api().POST("/api/complaints/{complaintId}/acknowledgement", { params })), onSuccess: kept });
  return (
    <Section title={privacy.acknowledge}>
      <p>{text.acknowledgeWhy}</p>
      {send.error && <Failure error={send.error} retry={again} />}
      <Button busy={send.isPending} onClick={() => send.mutate()}>{privacy.acknowledge}</Button>
    </Section>
  );
}

function Close({ found, again }: { found: Matter; again: () => void }) {
  const { matters: text } = useText();
  const { params, kept } = useKept(found);
  const [outcome, setOutcome] = useState("");
  const [answer, setAnswer] = useState("");
  const close = useMutation({ mutationFn: () => ok(api().POST("/api/complaints/{complaintId}/closing", { params, body: { outcome: outcome as Outcome, answer } })), onSuccess: kept });
  return (
    <Section title={text.answer}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); close.mutate(); }}>
        <p className="hint">{text.hints[found.kind]}</p>
        <Choices legend={text.outcome} name="outcome" value={outcome} onChange={setOutcome} options={OUTCOMES[found.kind].map((each) => [each, text.outcomes[each]!])} />
        {outcome === "disclosed" && <Notice tone="warn">{text.disclosedWhere}</Notice>}
        <TextArea label={text.answerText} hint={text.answerHint} required minLength={20} maxLength={8000} rows={8} value={answer} onChange={(event) => setAnswer(event.target.value)} />
        {close.error && <Failure error={close.error} retry={again} />}
        <Button look="primary" type="submit" disabled={!outcome} busy={close.isPending}>{text.close}</Button>
      </form>
    </Section>
  );
}
