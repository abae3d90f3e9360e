/** The privacy office: what people ask and complain of, what a breach demands, how long data is kept, and what can be shown. */
import { useLocation } from "wouter";
import { useText } from "../../i18n";
import { useSession } from "../../session/session";
import { Page } from "../../ui/basics";
import { Tabs } from "../../ui/tabs";
import { Breaches } from "./breaches";
import { Certificates } from "./certificates";
import { Holds } from "./holds";
import { Matters } from "./matters";
import { Packs } from "./packs";
import { Requests } from "./requests";
import { Retention } from "./retention";

export { BreachPage } from "./breach";
export { MatterPage } from "./matter";
export { RecordPage } from "./record";
export { RequestPage } from "./request";

export default function Privacy({ tab }: { tab: string }) {
  const { privacy: text, matters, breaches, packs, nav } = useText();
  const { has } = useSession();
  const [, navigate] = useLocation();
  const all = [
    { id: "requests", title: text.requests, answers: true, content: () => <Requests /> },
    { id: "complaints", title: matters.titles["complaint"]!, answers: true, content: () => <Matters kind="complaint" /> },
    { id: "third-parties", title: matters.titles["third_party_request"]!, answers: true, content: () => <Matters kind="third_party_request" /> },
    { id: "breaches", title: breaches.tab, answers: false, content: () => <Breaches /> },
    { id: "retention", title: text.retention, answers: false, content: () => <Retention /> },
    { id: "holds", title: text.holds, answers: false, content: () => <Holds /> },
    { id: "certificates", title: text.certificates, answers: false, content: () => <Certificates /> },
    { id: "packs", title: packs.tab, answers: false, content: () => <Packs /> },
  ].filter(({ answers }) => !answers || has("privacy_officer"));
  const selected = all.some(({ id }) => id === tab) ? tab : all[0]!.id;
  return (
    <Page title={nav.privacy}>
      <Tabs label={nav.privacy} tabs={all} selected={selected} onSelect={(id) => navigate(`/privacy/${id}`)} />
    </Page>
  );
}
