/** The frame: who gets in, where things are, and which page an address names. Pages load when they are opened. */
import { useQueryClient } from "@tanstack/react-query";
import { Component, lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { sendWaiting } from "./drafts/outbox";
import { LANGUAGES, useLanguage, useText, type Language } from "./i18n";
import { signOut } from "./session/oidc";
import { Ended } from "./session/ended";
import { SessionProvider, useEntry, useSession, type Purpose, type Role } from "./session/session";
import { Entrance } from "./pages/entrance";
import { useAnnounce } from "./ui/announcer";
import { Button, Notice, Page } from "./ui/basics";
import { Dialog } from "./ui/dialog";
import { Select } from "./ui/form";
import { Loading } from "./ui/loaded";
import { applyTheme, theme, type Theme } from "./ui/theme";

const Alerts = lazy(() => import("./pages/alerts"));
const Feed = lazy(() => import("./pages/feed"));
const Reports = lazy(() => import("./pages/reports"));
const NewReport = lazy(() => import("./pages/new-report"));
const Evidence = lazy(() => import("./pages/evidence"));
const Admin = lazy(() => import("./pages/admin"));
const Audit = lazy(() => import("./pages/audit"));
const Candidate = lazy(() => import("./pages/plates").then((page) => ({ default: page.CandidatePage })));
const Case = lazy(() => import("./pages/cases").then((page) => ({ default: page.CasePage })));
const Cases = lazy(() => import("./pages/cases"));
const Disclosures = lazy(() => import("./pages/disclosures"));
const Group = lazy(() => import("./pages/groups").then((page) => ({ default: page.GroupPage })));
const Groups = lazy(() => import("./pages/groups"));
const Insights = lazy(() => import("./pages/insights"));
const Profile = lazy(() => import("./pages/profile"));
const Profiles = lazy(() => import("./pages/profiles"));
const Plates = lazy(() => import("./pages/plates"));
const Privacy = lazy(() => import("./pages/privacy"));
const Breach = lazy(() => import("./pages/privacy").then((page) => ({ default: page.BreachPage })));
const Matter = lazy(() => import("./pages/privacy").then((page) => ({ default: page.MatterPage })));
const RequestRecord = lazy(() => import("./pages/privacy").then((page) => ({ default: page.RecordPage })));
const Search = lazy(() => import("./pages/search"));
const Telling = lazy(() => import("./pages/telling"));
const Subject = lazy(() => import("./pages/privacy").then((page) => ({ default: page.RequestPage })));
const Report = lazy(() => import("./pages/report"));

export function App({ configured }: { configured: boolean }) {
  const { state, enter, begin } = useEntry();
  if (!configured) return <Entrance state={{ is: "failed", away: true }} begin={() => location.reload()} enter={enter} />;
  if (state.is !== "in") return <Entrance state={state} begin={begin} enter={enter} />;
  return (
    <SessionProvider me={state.me} check={enter}>
      <Frame />
      {state.ended && <Ended enter={enter} begin={begin} />}
    </SessionProvider>
  );
}

interface Place {
  to: string;
  name: keyof ReturnType<typeof useText>["nav"];
  roles: Role[];
}

const PLACES: Place[] = [
  { to: "/", name: "alerts", roles: ["reporter", "investigator", "org_admin", "privacy_officer", "auditor", "officer"] },
  { to: "/feed", name: "feed", roles: ["investigator", "officer"] },
  { to: "/reports", name: "reports", roles: ["reporter", "investigator", "privacy_officer"] },
  { to: "/search", name: "search", roles: ["investigator", "privacy_officer"] },
  { to: "/groups", name: "groups", roles: ["investigator", "privacy_officer"] },
  { to: "/profiles", name: "profiles", roles: ["investigator", "privacy_officer"] },
  { to: "/plates", name: "plates", roles: ["investigator", "officer"] },
  { to: "/cases", name: "cases", roles: ["investigator", "privacy_officer"] },
  { to: "/disclosures", name: "disclosures", roles: ["investigator", "privacy_officer", "auditor", "officer"] },
  { to: "/insights", name: "insights", roles: ["investigator", "org_admin", "privacy_officer"] },
  { to: "/privacy", name: "privacy", roles: ["privacy_officer", "auditor"] },
  { to: "/audit", name: "audit", roles: ["privacy_officer", "auditor"] },
  { to: "/administration", name: "admin", roles: ["org_admin"] },
];

function Frame() {
  const { app, nav } = useText();
  const { has, me } = useSession();
  const [path] = useLocation();
  const [menu, setMenu] = useState(false);
  const online = useOnline();
  useLeaveNothingBehind();
  useOutbox();
  const places = PLACES.filter((place) => has(...place.roles));
  const here = (to: string) => (to === "/" ? path === "/" : path.startsWith(to));
  return (
    <div className="frame">
      <a className="skip" href="#content">{app.skip}</a>
      <header className="top">
        <Button look="quiet" className="menu-button" aria-expanded={menu} aria-controls="places" onClick={() => setMenu(!menu)}>
          {app.menu}
        </Button>
        <Link href="/" className="brand">{app.name}</Link>
        <span className="organisation">{me.organisation.name}</span>
        <Account />
      </header>
      <nav id="places" className={`places ${menu ? "open" : ""}`} aria-label={app.menu}>
        <ul>
          {places.map(({ to, name }) => (
            <li key={to}>
              <Link href={to} aria-current={here(to) ? "page" : undefined} onClick={() => setMenu(false)}>{nav[name]}</Link>
            </li>
          ))}
        </ul>
        <PurposeChoice />
      </nav>
      <main id="content" tabIndex={-1}>
        {!online && <Notice tone="warn" role="status">{app.offline}</Notice>}
        <Guard key={path}>
          <Suspense fallback={<Loading />}>
            <Switch>
              <Route path="/"><Alerts /></Route>
              <Route path="/feed"><Feed /></Route>
              <Route path="/reports"><Reports /></Route>
              <Route path="/reports/new"><NewReport /></Route>
              <Route path="/reports/:id">{({ id }) => <Report id={id} key={id} />}</Route>
              <Route path="/search"><Search /></Route>
              <Route path="/groups"><Groups /></Route>
              <Route path="/groups/:id">{({ id }) => <Group id={id} key={id} />}</Route>
              <Route path="/profiles"><Profiles /></Route>
              <Route path="/profiles/:id">{({ id }) => <Profile id={id} key={id} />}</Route>
              <Route path="/plates/candidates/:id">{({ id }) => <Candidate id={id} key={id} />}</Route>
              <Route path="/plates/:tab?">{({ tab }) => <Plates tab={tab ?? ""} />}</Route>
              <Route path="/cases"><Cases /></Route>
              <Route path="/cases/:id">{({ id }) => <Case id={id} key={id} />}</Route>
              <Route path="/disclosures"><Disclosures /></Route>
              <Route path="/insights"><Insights /></Route>
              <Route path="/privacy/requests/:id">{({ id }) => <Subject id={id} key={id} />}</Route>
              <Route path="/privacy/requests/:id/records/:record">{({ id, record }) => <RequestRecord id={id} record={record} key={record} />}</Route>
              <Route path="/privacy/matters/:id">{({ id }) => <Matter id={id} key={id} />}</Route>
              <Route path="/privacy/breaches/:id">{({ id }) => <Breach id={id} key={id} />}</Route>
              <Route path="/privacy/:tab?">{({ tab }) => <Privacy tab={tab ?? ""} />}</Route>
              <Route path="/audit"><Audit /></Route>
              <Route path="/administration/:tab?">{({ tab }) => <Admin tab={tab ?? ""} />}</Route>
              <Route path="/telling"><Telling /></Route>
              <Route path="/evidence/:id">{({ id }) => <Evidence id={id} key={id} />}</Route>
              <Route><Nowhere /></Route>
            </Switch>
          </Suspense>
        </Guard>
      </main>
    </div>
  );
}

/** What was looked at with one purpose is not shown again under another. */
function PurposeChoice() {
  const { app, purposes } = useText();
  const { purpose, setPurpose, has } = useSession();
  const queries = useQueryClient();
  const open = ["PREVENT_RISK", "INVESTIGATE", "PREVENT_OFFENCE", "NOTIFY_LE", "ALERT_COMMUNITY"];
  const wide = has("investigator", "privacy_officer", "officer") ? [...open, "REPEAT_ORGANISED", "LEGAL_ACTION"] : open;
  if (!has("reporter", "investigator", "privacy_officer", "officer")) return null;
  return (
    <div className="purpose">
      <Select
        label={app.purpose}
        hint={app.purposeHint}
        value={purpose}
        onChange={(event) => {
          setPurpose(event.target.value as Purpose);
          queries.removeQueries({ predicate: (query) => query.queryKey.includes(purpose) });
        }}
        options={wide.map((each) => [each, purposes[each]!])}
      />
    </div>
  );
}

function Account() {
  const { app, roles } = useText();
  const { me } = useSession();
  const { language, speak } = useLanguage();
  const [look, setLook] = useState<Theme>(theme);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)} aria-haspopup="dialog">{app.account}</Button>
      <Dialog open={open} title={app.account} onClose={() => setOpen(false)}>
        <p>{me.organisation.name}: {me.roles.map((role) => roles[role]).join(", ")}</p>
        <p className="hint">{me.sites.map((site) => site.name).join(", ")}</p>
        <Select label={app.languageLabel} value={language} onChange={(event) => speak(event.target.value as Language)} options={Object.entries(LANGUAGES)} />
        <Select
          label={app.theme}
          value={look}
          onChange={(event) => {
            applyTheme(event.target.value as Theme);
            setLook(event.target.value as Theme);
          }}
          options={[["system", app.system], ["light", app.light], ["dark", app.dark]]}
        />
        <Button onClick={() => void signOut()}>{app.signOut}</Button>
      </Dialog>
    </>
  );
}

function Nowhere() {
  const { errors } = useText();
  return (
    <Page title={errors.page} lead={errors.pageWhy}>
      <Link href="/">{errors.home}</Link>
    </Page>
  );
}

/** One page that breaks does not take the others with it. */
class Guard extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { app, errors } = useText();
  return (
    <Notice tone="bad" role="alert" title={errors.crash}>
      <p>{errors.crashWhy}</p>
      <Button onClick={() => location.reload()}>{app.reload}</Button>
    </Notice>
  );
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      addEventListener("online", changed);
      addEventListener("offline", changed);
      return () => {
        removeEventListener("online", changed);
        removeEventListener("offline", changed);
      };
    },
    () => navigator.onLine,
  );
}

/** What waited on this device goes out when there is a connection, and every minute in case nobody said so. */
function useOutbox() {
  const { me } = useSession();
  const { write } = useText();
  const announce = useAnnounce();
  useEffect(() => {
    const go = () =>
      void sendWaiting(me.userId)
        .then((outcomes) => outcomes.filter(({ became }) => became === "sent").length)
        .then((sent) => sent > 0 && announce(write.outboxSent(sent)))
        // A browser without a store for pages (private windows of some) has nothing that waits.
        .catch(() => undefined);
    go();
    addEventListener("online", go);
    const timer = setInterval(go, 60_000);
    return () => {
      removeEventListener("online", go);
      clearInterval(timer);
    };
  }, [me.userId, announce, write]);
}

/** A page that comes back from the browser's memory would show a session that has ended. */
function useLeaveNothingBehind() {
  const done = useRef(false);
  useEffect(() => {
    if (done.current) return;
    done.current = true;
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }, []);
}
