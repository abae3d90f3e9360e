/** Reports that may belong to this one, worked out when somebody asks, with what speaks for and against; a person decides. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Empty, Section } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Failure, Loaded } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";
import { HowSure, useRelinked, type Confidence } from "./parts";

type Suggestion = Schemas["Suggestion"];

export function Suggestions({ report }: { report: Schemas["ReportView"] }) {
  const { suggest: text } = useText();
  const { purpose } = useSession();
  const { number } = useFormats();
  const [asked, setAsked] = useState(false);
  const query = useQuery({
    queryKey: ["suggestions", report.id, purpose],
    queryFn: () => ok(api().GET("/api/reports/{reportId}/suggestions", { params: { path: { reportId: report.id }, query: { purpose } } })),
    enabled: asked,
  });
  return (
    <Section title={text.title}>
      <p className="hint">{text.lead}</p>
      {!asked ? <Button onClick={() => setAsked(true)}>{text.look}</Button> : (
        <Loaded query={query}>
          {({ suggestions, lookedAt }) => (
            <>
              {suggestions.length === 0 && <Empty title={text.none}>{text.noneWhy}</Empty>}
              <ul className="items" aria-label={text.title}>{suggestions.map((each) => <Item key={each.reportId} suggestion={each} reportId={report.id} />)}</ul>
              <p className="hint">{text.lookedAt(number(lookedAt))}</p>
            </>
          )}
        </Loaded>
      )}
    </Section>
  );
}

function Item({ suggestion, reportId }: { suggestion: Suggestion; reportId: string }) {
  const { suggest: text, types } = useText();
  const { siteName } = useSession();
  const { dateTime } = useFormats();
  const [deciding, setDeciding] = useState<"accepted" | "rejected">();
  const name = `${types[suggestion.type]}, ${siteName(suggestion.siteId)}, ${dateTime(suggestion.occurredAt)}`;
  return (
    <li>
      <h3><Link href={`/reports/${suggestion.reportId}`}>{name}</Link></h3>
      <p className="meta"><Badge tone="info">{text.likelihoods[suggestion.likelihood]}</Badge>{suggestion.comparedWith > 1 && <span>{text.withGroup(suggestion.comparedWith)}</span>}</p>
      <Reasons title={text.speaksFor} mark="+" reasons={suggestion.evidence} />
      {suggestion.counterEvidence.length > 0 ? <Reasons title={text.speaksAgainst} mark="−" reasons={suggestion.counterEvidence} /> : <p className="hint">{text.nothingAgainst}</p>}
      <div className="actions">
        <Button aria-label={`${text.accept}: ${name}`} onClick={() => setDeciding("accepted")}>{text.accept}</Button>
        <Button aria-label={`${text.reject}: ${name}`} onClick={() => setDeciding("rejected")}>{text.reject}</Button>
      </div>
      <Dialog open={!!deciding} title={deciding === "rejected" ? text.decideReject : text.decideAccept} onClose={() => setDeciding(undefined)}>
        {deciding && <Decide verdict={deciding} reportId={reportId} suggestion={suggestion} name={name} done={() => setDeciding(undefined)} />}
      </Dialog>
    </li>
  );
}

function Reasons({ title, mark, reasons }: { title: string; mark: string; reasons: Suggestion["evidence"] }) {
  const { suggest: text } = useText();
  const { number } = useFormats();
  const words = ({ code, km, rare }: Schemas["ReasonView"]) => [text.reasons[code].replace("{km}", number(km ?? 0)), ...(rare ? [text.few] : [])].join(" ");
  return (
    <div>
      <p className="reasons-title">{title}</p>
      <ul className="reasons">{reasons.map((reason) => <li key={reason.code}><span className="reason-mark" aria-hidden="true">{mark}</span>{words(reason)}</li>)}</ul>
    </div>
  );
}

function Decide({ verdict, reportId, suggestion, name, done }: { verdict: "accepted" | "rejected"; reportId: string; suggestion: Suggestion; name: string; done: () => void }) {
  const { suggest: text, belong } = useText();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const relinked = useRelinked();
  const [reason, setReason] = useState("");
  const [confidence, setConfidence] = useState<Confidence | "">("");
  const accepting = verdict === "accepted";
  const decide = useMutation({
    mutationFn: () => ok(api().PUT("/api/reports/{reportId}/suggestions/{otherId}", {
      params: { path: { reportId, otherId: suggestion.reportId }, query: { purpose } },
      body: { verdict, reason, ...(accepting && { confidence: confidence as Confidence }) },
    })),
    onSuccess: async () => {
      announce(accepting ? text.accepted : text.rejected);
      done();
      await relinked();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); decide.mutate(); }}>
      <p>{text.read}: <Link href={`/reports/${suggestion.reportId}`}>{name}</Link></p>
      <ScreenedText label={accepting ? belong.reason : text.rejectWhy} required rows={3} maxLength={2000} value={reason} onChange={setReason} />
      {accepting && <HowSure value={confidence} onChange={setConfidence} />}
      {decide.error && <Failure error={decide.error} />}
      <Button look="primary" type="submit" busy={decide.isPending} disabled={accepting && !confidence}>{accepting ? text.decideAccept : text.decideReject}</Button>
    </form>
  );
}
