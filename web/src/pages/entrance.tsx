/** What stands before the door: signing in, the terms of use, an invitation, and every way of not getting in. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { api, ok } from "../api/client";
import { waiting } from "../drafts/vault";
import { LANGUAGES, useLanguage, useText, type Language } from "../i18n";
import { signOut } from "../session/oidc";
import type { State } from "../session/session";
import { Button, Notice, Page, Server } from "../ui/basics";
import { Checkbox, Select, TextField } from "../ui/form";
import { Failure, Loaded, Loading } from "../ui/loaded";

interface Props {
  state: State;
  begin: () => void;
  enter: () => Promise<void>;
}

export function Entrance({ state, begin, enter }: Props) {
  return (
    <main className="entrance">
      <Step state={state} begin={begin} enter={enter} />
    </main>
  );
}

function Step({ state, begin, enter }: Props) {
  const { session, app } = useText();
  switch (state.is) {
    case "entering":
      return <Card title={app.name}><Loading /><p>{session.signingIn}</p></Card>;
    case "beside":
      return <Card title={session.beside}><p role="status">{session.besideWhy}</p></Card>;
    case "failed":
      return (
        <Card title={session.failed}>
          <OnThisDevice />
          <Notice tone="warn" role="alert">{state.away ? session.issuerAway : session.failedWhy}</Notice>
          <Button look="primary" onClick={begin}>{session.signIn}</Button>
        </Card>
      );
    case "stranger":
      return <Invitation enter={enter} />;
    case "revoked":
      return (
        <Card title={session.revoked}>
          <p role="alert">{session.revokedWhy}</p>
          <Button onClick={() => void signOut()}>{app.signOut}</Button>
        </Card>
      );
    case "terms":
      return <TermsOfUse enter={enter} />;
    default:
      return (
        <Card title={app.name}>
          <p className="lead">{session.welcome}</p>
          <OnThisDevice />
          <p>{session.intro}</p>
          <Button look="primary" onClick={begin}>{session.signIn}</Button>
          <p><a href="/api/public">{session.publicPages}</a></p>
          <LanguageChoice />
        </Card>
      );
  }
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return <div className="card"><Page title={title}>{children}</Page></div>;
}

/** Before anybody signs in, no more than how many reports wait here. */
function OnThisDevice() {
  const { write } = useText();
  const [count, setCount] = useState(0);
  useEffect(() => void waiting().then(setCount, () => undefined), []);
  return count > 0 ? <Notice tone="info" role="status">{write.offlineKept(count)}</Notice> : null;
}

function LanguageChoice() {
  const { app } = useText();
  const { language, speak } = useLanguage();
  return <Select label={app.languageLabel} value={language} onChange={(event) => speak(event.target.value as Language)} options={Object.entries(LANGUAGES)} />;
}

function TermsOfUse({ enter }: { enter: () => Promise<void> }) {
  const { session } = useText();
  const [read, setRead] = useState(false);
  const terms = useQuery({ queryKey: ["terms"], queryFn: () => ok(api().GET("/api/terms")) });
  const accept = useMutation({
    mutationFn: (version: string) => ok(api().POST("/api/terms/acceptance", { body: { version } })),
    onSuccess: enter,
  });
  return (
    <Card title={session.terms}>
      <Loaded query={terms}>
        {({ version, title, points }) => (
          <>
            <h2><Server>{title}</Server></h2>
            <ol>{points.map((point) => <li key={point}><Server>{point}</Server></li>)}</ol>
            <p className="hint">{session.termsVersion(version)}</p>
            <Checkbox label={session.termsAccept} checked={read} onChange={(event) => setRead(event.target.checked)} />
            {accept.error && <Failure error={accept.error} />}
            <Button look="primary" disabled={!read} busy={accept.isPending} onClick={() => accept.mutate(version)}>{session.terms}</Button>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Invitation({ enter }: { enter: () => Promise<void> }) {
  const { session, app } = useText();
  const [code, setCode] = useState("");
  const accept = useMutation({
    mutationFn: () =>
      ok(api().POST("/api/invitations/acceptance", { body: { code: code.trim() } })),
    onSuccess: enter,
  });
  return (
    <Card title={session.unknownAccount}>
      <p>{session.unknownAccountWhy}</p>
      <form onSubmit={(event) => { event.preventDefault(); accept.mutate(); }}>
        <TextField label={session.invitation} value={code} onChange={(event) => setCode(event.target.value)} required minLength={20} />
        {accept.error && <Failure error={accept.error} />}
        <Button look="primary" type="submit" busy={accept.isPending}>{session.accept}</Button>
        <Button onClick={() => void signOut()}>{app.signOut}</Button>
      </form>
    </Card>
  );
}
