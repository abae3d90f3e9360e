/** Who can see a report, said before it is shared; sharing, taking back, handing to the police. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, freshKey, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Section, Server } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select, Several, TextArea, TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";

type Report = Schemas["ReportView"];
type Community = Schemas["CommunityView"];
const SHAREABLE = ["type", "occurredAt", "siteId", "howKnown", "items", "loss", "methods", "weaponSeen", "anyoneHurt", "vehicles", "people", "whatHappened", "reportedBy", "policeReference"];

export function Sharing({ report }: { report: Report }) {
  const { sharing: text } = useText();
  const { purpose } = useSession();
  const communities = useQuery({ queryKey: ["communities"], queryFn: () => ok(api().GET("/api/communities")) });
  const shares = useQuery({
    queryKey: ["shares", report.id, purpose],
    queryFn: () => ok(api().GET("/api/reports/{reportId}/shares", { params: { path: { reportId: report.id }, query: { purpose } } })),
  });
  const joined = communities.data?.communities.filter((each) => each.state === "joined") ?? [];
  return (
    <Section title={text.title}>
      <p>{text.ownOnly}</p>
      <Loaded query={shares}>
        {({ shares: all }) => joined.length === 0 ? <p className="hint">{text.noCommunity}</p> : (
          <ul className="items">
            {joined.map((community) => <InCommunity key={community.id} report={report} community={community} share={all.find((each) => each.communityId === community.id)} />)}
          </ul>
        )}
      </Loaded>
      <Disclose report={report} communities={joined} />
    </Section>
  );
}

function InCommunity({ report, community, share }: { report: Report; community: Community; share: Schemas["ShareView"] | undefined }) {
  const { sharing: text, fields } = useText();
  const { me } = useSession();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const policy = useQuery({ queryKey: ["policy"], queryFn: () => ok(api().GET("/api/policy")), enabled: asking, staleTime: Infinity });
  const refresh = () => queries.invalidateQueries({ queryKey: ["shares", report.id] });
  const give = useMutation({
    mutationFn: () => ok(api().POST("/api/reports/{reportId}/shares", { params: { path: { reportId: report.id } }, body: { communityId: community.id } })),
    onSuccess: async () => {
      setAsking(false);
      announce(text.shared);
      await refresh();
    },
  });
  const take = useMutation({
    mutationFn: () => ok(api().DELETE("/api/reports/{reportId}/shares/{communityId}", { params: { path: { reportId: report.id, communityId: community.id } } })),
    onSuccess: async () => {
      announce(text.takenBack);
      await refresh();
    },
  });
  const others = community.members.filter((member) => member.state === "joined" && member.organisationId !== me.organisation.id);
  const rule = community.settings.shares?.find((each) => each.types.includes(report.type));
  const hidden = new Set([...(policy.data?.withheld["report"]?.["community"] ?? []), ...(rule?.withhold ?? [])]);
  return (
    <li>
      <strong>{community.name}</strong> <Badge tone={share?.choice === "shared" ? "warn" : "neutral"}>{text.choices[share?.choice ?? "by_rule"]}</Badge>
      {share && <p><Server>{share.note}</Server></p>}
      <p className="hint">{text.members(others.length)}: {others.map((member) => member.name).join(", ")}</p>
      {(give.error ?? take.error) && !asking && <Failure error={give.error ?? take.error} />}
      <div className="actions">
        {share?.choice !== "shared" && <Button onClick={() => setAsking(true)} aria-label={text.shareWith(community.name)}>{text.share}</Button>}
        {share?.choice !== "unshared" && <Button busy={take.isPending} onClick={() => take.mutate()} aria-label={`${text.unshare}: ${community.name}`}>{text.unshare}</Button>}
      </div>
      <Dialog open={asking} title={text.shareWith(community.name)} onClose={() => setAsking(false)}>
        <p>{text.members(others.length)}: {others.map((member) => member.name).join(", ")}</p>
        <Loaded query={policy}>
          {() => (
            <>
              <h3>{text.theySee}</h3>
              <ul className="tags">{SHAREABLE.filter((field) => !hidden.has(field)).map((field) => <li key={field}><Badge tone="warn">{fields[field] ?? field}</Badge></li>)}</ul>
              <h3>{text.theyDoNotSee}</h3>
              <ul className="tags">{[...hidden].map((field) => <li key={field}><Badge tone="good">{fields[field] ?? field}</Badge></li>)}</ul>
            </>
          )}
        </Loaded>
        <p>{text.takeBack}</p>
        {give.error && <Failure error={give.error} />}
        <Button look="primary" busy={give.isPending} onClick={() => give.mutate()}>{text.share}</Button>
      </Dialog>
    </li>
  );
}

function Disclose({ report, communities }: { report: Report; communities: Community[] }) {
  const { sharing: text, purposes, fields } = useText();
  const announce = useAnnounce();
  const [open, setOpen] = useState(false);
  const [form, setForm] = useState({ recipientId: "", purpose: "NOTIFY_LE" as "NOTIFY_LE" | "LEGAL_ACTION", caseNumber: "", note: "", withhold: [] as string[] });
  const police = new Map(communities.flatMap((each) => each.members).filter((member) => member.kind === "law_enforcement" && member.state === "joined").map((member) => [member.organisationId, member.name]));
  const disclose = useMutation({
    mutationFn: () => ok(api().POST("/api/reports/{reportId}/disclosures", {
      params: { path: { reportId: report.id }, header: { "Idempotency-Key": freshKey() } },
      body: { ...form, recipientId: form.recipientId || [...police.keys()][0]! },
    })),
    onSuccess: () => {
      setOpen(false);
      announce(text.disclosed);
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.disclose}</Button>
      <Dialog open={open} title={text.discloseTitle} onClose={() => setOpen(false)}>
        <p>{text.discloseWhy}</p>
        {police.size === 0 ? <p>{text.noPolice}</p> : (
          <form className="stack" onSubmit={(event) => { event.preventDefault(); disclose.mutate(); }}>
            <Select label={text.recipient} options={[...police]} value={form.recipientId} onChange={(event) => setForm({ ...form, recipientId: event.target.value })} />
            <Select label={text.purpose} options={(["NOTIFY_LE", "LEGAL_ACTION"] as const).map((each) => [each, purposes[each]!])} value={form.purpose} onChange={(event) => setForm({ ...form, purpose: event.target.value as "NOTIFY_LE" })} />
            <TextField label={text.caseNumber} required minLength={3} maxLength={60} value={form.caseNumber} onChange={(event) => setForm({ ...form, caseNumber: event.target.value })} />
            <TextArea label={text.note} required minLength={5} maxLength={2000} value={form.note} onChange={(event) => setForm({ ...form, note: event.target.value })} />
            <Several legend={text.withhold} options={["people", "whatHappened", "vehicles"].map((field) => [field, fields[field]!])} value={form.withhold} onChange={(withhold) => setForm({ ...form, withhold })} />
            {disclose.error && <Failure error={disclose.error} />}
            <Button look="primary" type="submit" busy={disclose.isPending}>{text.disclose}</Button>
          </form>
        )}
      </Dialog>
    </>
  );
}
