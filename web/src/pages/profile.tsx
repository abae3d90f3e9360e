/** One person or vehicle of interest: what is known, what it rests on, who did what; and how it is kept right. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { api, freshKey, ok, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { corrected, Described, ofProfile } from "../investigate/described";
import { inDays } from "../investigate/open-profile";
import { HowSure, useRelinked, WhyLinked, type Confidence } from "../investigate/parts";
import { addressOf, idIn, useNames } from "../investigate/words";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Button, Facts, Notice, Page, Section } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { Select, Several, TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";

type Profile = Schemas["ProfileView"];
type ProfileLink = Profile["links"][number];
interface Shown {
  profile: Profile;
  etag: string;
}

export default function ProfilePage({ id }: { id: string }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["profile", id, purpose],
    queryFn: () => withEtag(api().GET("/api/profiles/{profileId}", { params: { path: { profileId: id }, query: { purpose } } })),
  });
  return <Loaded query={query}>{({ value, etag }) => <Whole profile={value} etag={etag} />}</Loaded>;
}

function Whole({ profile, etag }: Shown) {
  const { profiles: text, fields } = useText();
  const { has } = useSession();
  const { date, dateTime } = useFormats();
  const { vehicle } = profile;
  return (
    <Page title={profile.label} lead={text.subjects[profile.subject]} actions={<Actions profile={profile} etag={etag} />}>
      {profile.disputed && <Notice tone="bad" title={text.disputed}><p>{text.disputedWhy}</p></Notice>}
      {profile.reviewDue && <Notice tone="warn" title={text.due}><p>{text.dueWhy}</p></Notice>}
      <div className="columns">
        <div>
          <Section title={text.facts}>
            <Facts rows={[
              [text.names, profile.names.join(", ")],
              ...(["clothing", "marks", "carried", "behaviour"] as const).map((field) => [fields[field]!, profile[field]] as const),
              [fields["plate"]!, vehicle?.plate && <span className="plate">{vehicle.plate}</span>],
              ...(["country", "make", "model", "colour", "notes"] as const).map((field) => [fields[field]!, vehicle?.[field]] as const),
            ]} />
          </Section>
          <Section title={text.links}>
            <ul className="items">{profile.links.map((link) => <LinkItem key={link.id} link={link} profile={profile} etag={etag} />)}</ul>
            {has("investigator") && <MakeLink profile={profile} etag={etag} />}
          </Section>
        </div>
        <div>
          <Section title={text.why}>
            <p className="said">{profile.reason}</p>
            <Facts rows={[[text.opened, date(profile.openedAt)], [text.lastChange, date(profile.changedAt)], [text.reviewAt, date(profile.reviewAt)], [text.forgotten, date(profile.disposeAt)]]} />
          </Section>
          <Section title={text.history}>
            <ol className="timeline">{[...profile.history].reverse().map((step, index) => <Step key={index} step={step} when={dateTime(step.at)} />)}</ol>
          </Section>
        </div>
      </div>
    </Page>
  );
}

function Step({ step, when }: { step: Profile["history"][number]; when: string }) {
  const { profiles: text, fields } = useText();
  const { who } = useNames();
  return (
    <li>
      <strong>{text.what[step.what]}</strong>
      {(step.fields?.length ?? 0) > 0 && <p>{text.changed(step.fields!.map((field) => fields[field] ?? text[field as "label"] ?? field).join(", "))}</p>}
      <p className="said">{step.reason}</p>
      <p className="hint">{who(step.by)}, {when}</p>
    </li>
  );
}

const useLinkName = () => {
  const { profiles: text, belong } = useText();
  const { date } = useFormats();
  return (link: ProfileLink) => (link.eventAt ? text.linkOf(belong[link.kind], date(link.eventAt)) : belong[link.kind]);
};

function LinkItem({ link, profile, etag }: { link: ProfileLink } & Shown) {
  const { belong, profiles: text } = useText();
  const { has } = useSession();
  const name = useLinkName()(link);
  const { params, changed } = useChange({ profile, etag });
  return (
    <li>
      <Link href={addressOf({ kind: link.kind, id: link.recordId })}>{name}</Link>
      <WhyLinked link={link} />
      {has("investigator") && (
        <InDialog title={belong.remove} look="quiet" says={`${belong.remove}: ${name}`}>
          {(done) => <Reasoned label={text.unlinkWhy} button={belong.remove} danger send={(reason) => ok(api().POST("/api/profiles/{profileId}/links/{linkId}/remove", { params: { ...params, path: { ...params.path, linkId: link.id } }, body: { reason } }))} done={() => changed(done)} />}
        </InDialog>
      )}
    </li>
  );
}

function Actions({ profile, etag }: Shown) {
  const { profiles: text } = useText();
  const { has } = useSession();
  const announce = useAnnounce();
  const [, navigate] = useLocation();
  const { params, changed } = useChange({ profile, etag });
  const mine = has("investigator");
  const disputed = !profile.disputed;
  return (
    <>
      {mine && <InDialog title={text.review} look={profile.reviewDue ? "primary" : "plain"}>{(done) => <Review shown={{ profile, etag }} done={done} />}</InDialog>}
      {mine && <InDialog title={text.correct}>{(done) => <Correct shown={{ profile, etag }} done={done} />}</InDialog>}
      <InDialog title={disputed ? text.dispute : text.settle}>
        {(done) => <Reasoned label={disputed ? text.disputeReason : text.settleReason} button={disputed ? text.dispute : text.settle} send={(reason) => ok(api().POST("/api/profiles/{profileId}/dispute", { params, body: { disputed, reason } }))} done={() => changed(done)} />}
      </InDialog>
      {mine && !profile.disputed && <InDialog title={text.merge}>{(done) => <Merge shown={{ profile, etag }} done={done} />}</InDialog>}
      {mine && profile.links.length > 1 && <InDialog title={text.split}>{() => <Split profile={profile} />}</InDialog>}
      <InDialog title={text.close} look="danger">
        {() => (
          <Reasoned
            lead={text.closeLead} label={text.closeReason} button={text.close} danger
            send={(reason) => ok(api().POST("/api/profiles/{profileId}/close", { params, body: { reason } }))}
            done={async () => { announce(text.closed); navigate("/profiles"); await changed(); }}
          />
        )}
      </InDialog>
    </>
  );
}

/** What every change of a profile sends along, and what is looked at anew after it. */
function useChange({ profile, etag }: Shown) {
  const { purpose } = useSession();
  const queries = useQueryClient();
  const relinked = useRelinked();
  const params = { path: { profileId: profile.id }, query: { purpose }, header: { "If-Match": etag } };
  const changed = async (done?: () => void) => {
    done?.();
    await Promise.all([queries.invalidateQueries({ queryKey: ["profile"] }), queries.invalidateQueries({ queryKey: ["profiles"] }), relinked()]);
  };
  return { params, changed };
}

function InDialog({ title, says, look = "plain", children }: { title: string; says?: string; look?: "plain" | "primary" | "danger" | "quiet"; children: (done: () => void) => ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look={look} aria-label={says} onClick={() => setOpen(true)}>{title}</Button>
      <Dialog open={open} title={title} onClose={() => setOpen(false)}>{children(() => setOpen(false))}</Dialog>
    </>
  );
}

/** A step that needs nothing but a reason. */
function Reasoned({ lead, label, button, danger, send, done }: { lead?: string; label: string; button: string; danger?: boolean; send: (reason: string) => Promise<unknown>; done: () => Promise<void> }) {
  const [reason, setReason] = useState("");
  const step = useMutation({ mutationFn: () => send(reason), onSuccess: done });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); step.mutate(); }}>
      {lead && <p>{lead}</p>}
      <ScreenedText label={label} required rows={3} maxLength={2000} value={reason} onChange={setReason} />
      {step.error && <Failure error={step.error} retry={() => void done()} />}
      <Button look={danger ? "danger" : "primary"} type="submit" busy={step.isPending}>{button}</Button>
    </form>
  );
}

function Review({ shown, done }: { shown: Shown; done: () => void }) {
  const { profiles: text } = useText();
  const { params, changed } = useChange(shown);
  const [reviewAt, setReviewAt] = useState(inDays(90));
  const [reason, setReason] = useState("");
  const review = useMutation({ mutationFn: () => ok(api().POST("/api/profiles/{profileId}/review", { params, body: { reason, reviewAt: `${reviewAt}T12:00:00Z` } })), onSuccess: () => changed(done) });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); review.mutate(); }}>
      <ScreenedText label={text.reviewReason} required rows={3} maxLength={2000} value={reason} onChange={setReason} />
      <TextField label={text.reviewAt} hint={text.reviewHint} type="date" required min={inDays(1)} max={inDays(182)} value={reviewAt} onChange={(event) => setReviewAt(event.target.value)} />
      {review.error && <Failure error={review.error} retry={() => void changed(done)} />}
      <Button look="primary" type="submit" busy={review.isPending}>{text.review}</Button>
    </form>
  );
}

function Correct({ shown, done }: { shown: Shown; done: () => void }) {
  const { profiles: text, app } = useText();
  const { profile } = shown;
  const { params, changed } = useChange(shown);
  const [label, setLabel] = useState(profile.label);
  const [known, setKnown] = useState(() => ofProfile(profile));
  const [correctionReason, setReason] = useState("");
  const correct = useMutation({
    mutationFn: () => ok(api().PATCH("/api/profiles/{profileId}", { params, body: { ...(label !== profile.label && { label }), ...corrected(profile, known), correctionReason } })),
    onSuccess: () => changed(done),
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); correct.mutate(); }}>
      <TextField label={text.label} hint={text.labelHint} required minLength={3} maxLength={120} value={label} onChange={(event) => setLabel(event.target.value)} />
      <Described subject={profile.subject} value={known} onChange={setKnown} />
      <ScreenedText label={text.correctWhy} required rows={2} maxLength={2000} value={correctionReason} onChange={setReason} />
      {correct.error && <Failure error={correct.error} retry={() => void changed(done)} />}
      <Button look="primary" type="submit" busy={correct.isPending}>{app.save}</Button>
    </form>
  );
}

function Merge({ shown, done }: { shown: Shown; done: () => void }) {
  const { profiles: text } = useText();
  const { purpose } = useSession();
  const { profile } = shown;
  const { params, changed } = useChange(shown);
  const [otherId, setOther] = useState("");
  const [reason, setReason] = useState("");
  const query = useQuery({
    queryKey: ["profiles", "to merge", profile.subject, purpose],
    queryFn: () => ok(api().GET("/api/profiles", { params: { query: { purpose, subject: profile.subject, limit: 50 } } })),
  });
  const merge = useMutation({ mutationFn: () => ok(api().POST("/api/profiles/{profileId}/merge", { params, body: { otherId, reason } })), onSuccess: () => changed(done) });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); merge.mutate(); }}>
      <p>{text.mergeLead}</p>
      <Loaded query={query}>
        {({ profiles }) => {
          const others = profiles.filter((each) => each.id !== profile.id && !each.disputed);
          return others.length === 0 ? <Notice>{text.mergeNone}</Notice>
            : <Select label={text.mergeOther} required value={otherId} onChange={(event) => setOther(event.target.value)} options={[["", text.choose], ...others.map(({ id, label }) => [id, label] as const)]} />;
        }}
      </Loaded>
      <ScreenedText label={text.mergeReason} required rows={3} maxLength={2000} value={reason} onChange={setReason} />
      {merge.error && <Failure error={merge.error} retry={() => void changed(done)} />}
      <Button look="primary" type="submit" busy={merge.isPending} disabled={!otherId}>{text.merge}</Button>
    </form>
  );
}

function Split({ profile }: { profile: Profile }) {
  const { profiles: text } = useText();
  const { purpose } = useSession();
  const linkName = useLinkName();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [form, setForm] = useState({ label: "", reason: "", names: [] as string[], linkIds: [] as string[], reviewAt: inDays(90) });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const split = useMutation({
    mutationFn: () => ok(api().POST("/api/profiles/{profileId}/split", {
      params: { path: { profileId: profile.id }, query: { purpose }, header: { "Idempotency-Key": freshKey() } }, body: { ...form, reviewAt: `${form.reviewAt}T12:00:00Z` },
    })),
    onSuccess: async ({ id }) => {
      navigate(`/profiles/${id}`);
      await queries.invalidateQueries({ queryKey: ["profile"] });
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); split.mutate(); }}>
      <p>{text.splitLead}</p>
      <TextField label={text.label} hint={text.labelHint} required minLength={3} maxLength={120} value={form.label} onChange={(event) => set({ label: event.target.value })} />
      <Several legend={text.splitLinks} options={profile.links.map((link) => [link.id, linkName(link)] as const)} value={form.linkIds} onChange={(linkIds) => set({ linkIds })} />
      {profile.names.length > 0 && <Several legend={text.splitNames} options={profile.names.map((name) => [name, name] as const)} value={form.names} onChange={(names) => set({ names })} />}
      <ScreenedText label={text.splitReason} required rows={2} maxLength={2000} value={form.reason} onChange={(reason) => set({ reason })} />
      <TextField label={text.reviewAt} hint={text.reviewHint} type="date" required min={inDays(1)} max={inDays(182)} value={form.reviewAt} onChange={(event) => set({ reviewAt: event.target.value })} />
      {split.error && <Failure error={split.error} />}
      <Button look="primary" type="submit" busy={split.isPending} disabled={form.linkIds.length === 0 || form.linkIds.length === profile.links.length}>{text.split}</Button>
    </form>
  );
}

function MakeLink({ profile, etag }: Shown) {
  const { profiles: text, belong, cases } = useText();
  const { params, changed } = useChange({ profile, etag });
  const [form, setForm] = useState({ kind: "report" as ProfileLink["kind"], id: "", reason: "", confidence: "" });
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const link = useMutation({
    mutationFn: () => ok(api().POST("/api/profiles/{profileId}/links", { params, body: { ...form, id: idIn(form.id), confidence: form.confidence as Confidence } })),
    onSuccess: () => changed(() => set({ id: "", reason: "" })),
  });
  return (
    <details>
      <summary>{text.link}</summary>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); link.mutate(); }}>
        <Select label={text.linkKind} value={form.kind} onChange={(event) => set({ kind: event.target.value as ProfileLink["kind"] })} options={Object.entries(text.linkKinds)} />
        <TextField label={cases.address} hint={text.addressHint} required value={form.id} onChange={(event) => set({ id: event.target.value })} />
        <ScreenedText label={belong.reason} required rows={2} maxLength={2000} value={form.reason} onChange={(reason) => set({ reason })} />
        <HowSure value={form.confidence} onChange={(confidence) => set({ confidence })} />
        {link.error && <Failure error={link.error} retry={() => void changed()} />}
        <Button type="submit" busy={link.isPending} disabled={!form.confidence}>{belong.link}</Button>
      </form>
    </details>
  );
}
