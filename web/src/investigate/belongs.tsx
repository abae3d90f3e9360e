/** On the page of a report: what it was linked with and why, and how a link is made or taken away. */
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link } from "wouter";
import { api, freshKey, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Button, ButtonLink, Section } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { TextField } from "../ui/form";
import { Failure, Loaded, Loading } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";
import { HowSure, useGroup, useRelinked, WhyLinked, type Confidence } from "./parts";
import { Suggestions } from "./suggestions";
import { addressOf, idIn, useNames, type Edge, type Group } from "./words";

const OpenProfile = lazy(() => import("./open-profile"));
type ReportView = Schemas["ReportView"];

export default function Belongs({ report }: { report: ReportView }) {
  const { belong: text, profiles } = useText();
  const { has } = useSession();
  const [opening, setOpening] = useState(false);
  const apart = report.minor === "stated" || report.minor === "suspected";
  const query = useGroup(report.id, !apart);
  if (apart) return <Section title={text.title}><p className="hint">{text.minor}</p></Section>;
  return (
    <>
      <Section title={text.title}>
        <Loaded query={query}>{(group) => <Links report={report} group={group} />}</Loaded>
        {has("investigator") && (
          <>
            <ByHand report={report} />
            <div className="actions"><Button onClick={() => setOpening(true)}>{profiles.open}</Button></div>
            <Dialog open={opening} title={profiles.open} onClose={() => setOpening(false)}><Suspense fallback={<Loading />}><OpenProfile report={report} /></Suspense></Dialog>
          </>
        )}
      </Section>
      {has("investigator") && <Suggestions report={report} />}
    </>
  );
}

function Links({ report, group }: { report: ReportView; group: Group }) {
  const { belong: text } = useText();
  const edges = group.edges.filter((edge) => edge.ends.includes(report.id));
  if (edges.length === 0) return <p className="hint">{text.none}</p>;
  return (
    <>
      <p className="hint">{text.lead}</p>
      <ul className="items">{edges.map((edge) => <LinkItem key={edge.id} edge={edge} report={report} group={group} />)}</ul>
      <div className="actions"><ButtonLink to={`/groups/${report.id}`}>{text.group(group.nodes.length)}</ButtonLink></div>
    </>
  );
}

function LinkItem({ edge, report, group }: { edge: Edge; report: ReportView; group: Group }) {
  const { belong: text } = useText();
  const { has } = useSession();
  const { nodeName } = useNames();
  const [removing, setRemoving] = useState(false);
  const other = group.nodes.find((node) => node.id !== report.id && edge.ends.includes(node.id));
  if (!other) return null;
  return (
    <li>
      <Link href={addressOf(other)}>{nodeName(other)}</Link>
      <WhyLinked link={edge} />
      {has("investigator") && other.kind === "report" && <Button look="quiet" aria-label={`${text.remove}: ${nodeName(other)}`} onClick={() => setRemoving(true)}>{text.remove}</Button>}
      <Dialog open={removing} title={text.remove} onClose={() => setRemoving(false)}><Unlink report={report} linkId={edge.id} /></Dialog>
    </li>
  );
}

function Unlink({ report, linkId }: { report: ReportView; linkId: string }) {
  const { belong: text } = useText();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const relinked = useRelinked();
  const [reason, setReason] = useState("");
  const unlink = useMutation({
    mutationFn: () => ok(api().POST("/api/reports/{reportId}/links/{linkId}/remove", { params: { path: { reportId: report.id, linkId }, query: { purpose } }, body: { reason } })),
    onSuccess: async () => {
      announce(text.unlinked);
      await relinked();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); unlink.mutate(); }}>
      <ScreenedText label={text.removeWhy} required rows={3} maxLength={2000} value={reason} onChange={setReason} />
      {unlink.error && <Failure error={unlink.error} />}
      <Button look="danger" type="submit" busy={unlink.isPending}>{text.remove}</Button>
    </form>
  );
}

function ByHand({ report }: { report: ReportView }) {
  const { belong: text } = useText();
  const { purpose } = useSession();
  const announce = useAnnounce();
  const relinked = useRelinked();
  const [address, setAddress] = useState("");
  const [reason, setReason] = useState("");
  const [confidence, setConfidence] = useState<Confidence | "">("");
  const link = useMutation({
    mutationFn: () => ok(api().POST("/api/reports/{reportId}/links", {
      params: { path: { reportId: report.id }, query: { purpose }, header: { "Idempotency-Key": freshKey() } },
      body: { otherId: idIn(address), reason, confidence: confidence as Confidence },
    })),
    onSuccess: async () => {
      setAddress("");
      setReason("");
      announce(text.linked);
      await relinked();
    },
  });
  return (
    <details>
      <summary>{text.byHand}</summary>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); link.mutate(); }}>
        <TextField label={text.address} hint={text.addressHint} required value={address} onChange={(event) => setAddress(event.target.value)} />
        <ScreenedText label={text.reason} required rows={2} maxLength={2000} value={reason} onChange={setReason} />
        <HowSure value={confidence} onChange={setConfidence} />
        {link.error && <Failure error={link.error} />}
        <Button type="submit" busy={link.isPending} disabled={!confidence}>{text.link}</Button>
      </form>
    </details>
  );
}
