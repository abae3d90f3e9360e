/** The privacy office: what people ask, how long data is kept, what is held, and what a breach demands. */
import { useLocation } from "wouter";
import { useText } from "../../i18n";
import { useSession } from "../../session/session";
import { Page } from "../../ui/basics";
import { Tabs } from "../../ui/tabs";
import { Certificates } from "./certificates";
import { Deadlines } from "./deadlines";
import { Holds } from "./holds";
import { Requests } from "./requests";
import { Retention } from "./retention";

export { RecordPage } from "./record";
export { RequestPage } from "./request";

export default function Privacy({ tab }: { tab: string }) {
  const { privacy: text, nav } = useText();
  const { has } = useSession();
  const [, navigate] = useLocation();
  const all = [
    { id: "requests", title: text.requests, content: () => <Requests /> },
    { id: "retention", title: text.retention, content: () => <Retention /> },
    { id: "holds", title: text.holds, content: () => <Holds /> },
    { id: "certificates", title: text.certificates, content: () => <Certificates /> },
    { id: "breach", title: text.breach, content: () => <Deadlines /> },
  ].filter(({ id }) => id !== "requests" || has("privacy_officer"));
  const selected = all.some(({ id }) => id === tab) ? tab : all[0]!.id;
  return (
    <Page title={nav.privacy}>
      <Tabs label={nav.privacy} tabs={all} selected={selected} onSelect={(id) => navigate(`/privacy/${id}`)} />
    </Page>
  );
}
