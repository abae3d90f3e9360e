/** What stands beside every link, and the fields with which one is made. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge } from "../ui/basics";
import { Choices } from "../ui/form";

export type Confidence = Schemas["Confidence"];
const CONFIDENCES: Confidence[] = ["certain", "probable", "possible"];

export function Sureness({ confidence }: { confidence: Confidence }) {
  const { belong } = useText();
  return <Badge tone={confidence === "certain" ? "good" : confidence === "probable" ? "info" : "neutral"}>{belong.confidences[confidence]}</Badge>;
}

/** Who linked it, why, and how sure they were. */
export function WhyLinked({ link }: { link: { confidence: Confidence; basis: Schemas["Basis"]; reason: string; addedBy: string; addedAt: string } }) {
  const { belong } = useText();
  const { me } = useSession();
  const { date } = useFormats();
  return (
    <>
      <p className="said">{link.reason}</p>
      <p className="meta"><Sureness confidence={link.confidence} /><span>{belong.linkedBy(link.addedBy === me.userId, date(link.addedAt))}</span><span>{belong.bases[link.basis]}</span></p>
    </>
  );
}

export function HowSure({ value, onChange }: { value: string; onChange: (value: Confidence) => void }) {
  const { belong } = useText();
  return <Choices legend={belong.confidence} name="confidence" value={value} onChange={(each) => onChange(each as Confidence)} options={CONFIDENCES.map((each) => [each, belong.confidenceWhy[each]!])} />;
}

/** The group of a report: one look, whoever needs it. */
export function useGroup(reportId: string, enabled = true) {
  const { purpose } = useSession();
  return useQuery({
    queryKey: ["group", reportId, purpose],
    queryFn: () => ok(api().GET("/api/reports/{reportId}/group", { params: { path: { reportId }, query: { purpose } } })),
    enabled,
  });
}

/** What changes when reports are linked: this report's group, and any other. */
export function useRelinked() {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(["group", "groups", "suggestions"].map((name) => queries.invalidateQueries({ queryKey: [name] })));
  };
}
