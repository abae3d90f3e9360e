/** Running an organisation: who works here in which role, where, with which cameras, and in which communities. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { TeamTelling } from "../channels/team";
import { Webhooks } from "../channels/webhooks";
import { api, freshKey, ok, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession, type Role } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Empty, Facts, Page, Section } from "../ui/basics";
import { Table } from "../ui/table";
import { Dialog } from "../ui/dialog";
import { Checkbox, Select, Several, TextArea, TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";
import { Secret } from "../ui/secret";
import { Tabs } from "../ui/tabs";

type User = Schemas["UserView"];
const ROLES: Role[] = ["reporter", "investigator", "org_admin", "privacy_officer", "auditor", "officer"];

export default function Admin({ tab }: { tab: string }) {
  const { admin: text, channels, webhooks, nav } = useText();
  const [, navigate] = useLocation();
  const all = [
    { id: "users", title: text.users, content: () => <Users /> },
    { id: "sites", title: text.sites, content: () => <Sites /> },
    { id: "devices", title: text.devices, content: () => <Devices /> },
    { id: "communities", title: text.communities, content: () => <Communities /> },
    { id: "telling", title: channels.tab, content: () => <TeamTelling /> },
    { id: "webhooks", title: webhooks.title, content: () => <Webhooks /> },
    { id: "organisation", title: text.organisation, content: () => <Organisation /> },
  ];
  const selected = all.some(({ id }) => id === tab) ? tab : "users";
  return (
    <Page title={nav.admin}>
      <Tabs label={nav.admin} tabs={all} selected={selected} onSelect={(id) => navigate(`/administration/${id}`)} />
    </Page>
  );
}

function Users() {
  const { admin: text, roles, app } = useText();
  const { siteName } = useSession();
  const [inviting, setInviting] = useState(false);
  const [changing, setChanging] = useState<User>();
  const query = useQuery({ queryKey: ["users"], queryFn: () => ok(api().GET("/api/organisation/users")) });
  return (
    <>
      <div className="actions"><Button look="primary" onClick={() => setInviting(true)}>{text.invite}</Button></div>
      <Dialog open={inviting} title={text.invite} onClose={() => setInviting(false)}><Invite /></Dialog>
      <Dialog open={!!changing} title={changing?.name ?? ""} onClose={() => setChanging(undefined)}>{changing && <ChangeUser user={changing} done={() => setChanging(undefined)} />}</Dialog>
      <Loaded query={query}>
        {({ users }) => (
          <Table
            label={text.users}
            columns={[text.name, text.roles, text.sites, app.state, ""]}
            lines={users.map((user) => ({
              id: user.id,
              cells: [
                user.name, user.roles.map((role) => roles[role]).join(", "), user.siteIds.length ? user.siteIds.map((id) => siteName(id)).join(", ") : app.all,
                <Badge key="state" tone={user.state === "active" ? "good" : "bad"}>{text.states[user.state]}</Badge>, <Button key="change" onClick={() => setChanging(user)} aria-label={`${text.change}: ${user.name}`}>{text.change}</Button>,
              ],
            }))}
          />
        )}
      </Loaded>
    </>
  );
}

function RolesAndSites({ roles, sites, set }: { roles: string[]; sites: string[]; set: (part: { roles?: string[]; siteIds?: string[] }) => void }) {
  const { admin: text, roles: names } = useText();
  const { me } = useSession();
  return (
    <>
      <Several legend={text.roles} options={ROLES.map((role) => [role, names[role]!])} value={roles} onChange={(value) => set({ roles: value })} />
      <Several legend={text.sites} hint={text.sitesHint} options={me.sites.map(({ id, name }) => [id, name] as const)} value={sites} onChange={(value) => set({ siteIds: value })} />
    </>
  );
}

function Invite() {
  const { admin: text } = useText();
  const { dateTime } = useFormats();
  const [form, setForm] = useState({ name: "", roles: ["reporter"], siteIds: [] as string[] });
  const invite = useMutation({
    mutationFn: () => ok(api().POST("/api/organisation/invitations", { body: { ...form, roles: form.roles as Role[] } })),
  });
  if (invite.data) return <Secret value={invite.data.code} hint={text.codeHint(dateTime(invite.data.expiresAt))} />;
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); invite.mutate(); }}>
      <TextField label={text.name} required maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      <RolesAndSites roles={form.roles} sites={form.siteIds} set={(part) => setForm({ ...form, ...part })} />
      {invite.error && <Failure error={invite.error} />}
      <Button look="primary" type="submit" busy={invite.isPending} disabled={form.roles.length === 0}>{text.invite}</Button>
    </form>
  );
}

function ChangeUser({ user, done }: { user: User; done: () => void }) {
  const { admin: text, app } = useText();
  const queries = useQueryClient();
  const [form, setForm] = useState({ roles: user.roles as string[], siteIds: user.siteIds });
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: ["users"] });
    done();
  };
  const change = useMutation({
    mutationFn: (body: Schemas["UserChange"]) => ok(api().PATCH("/api/organisation/users/{userId}", { params: { path: { userId: user.id }, header: { "If-Match": user.etag } }, body })),
    onSuccess: refresh,
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); change.mutate({ roles: form.roles as Role[], siteIds: form.siteIds }); }}>
      <RolesAndSites roles={form.roles} sites={form.siteIds} set={(part) => setForm({ ...form, ...part })} />
      {change.error && <Failure error={change.error} retry={() => void refresh()} />}
      <div className="actions">
        <Button look="primary" type="submit" busy={change.isPending}>{app.save}</Button>
        <Button look="danger" busy={change.isPending} onClick={() => change.mutate({ state: user.state === "active" ? "suspended" : "active" })}>{user.state === "active" ? text.suspend : text.reinstate}</Button>
      </div>
    </form>
  );
}

function Sites() {
  const { admin: text } = useText();
  const { me, check } = useSession();
  const [adding, setAdding] = useState(false);
  const [form, setForm] = useState({ name: "", region: "", timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone, latitude: "", longitude: "" });
  const set = (name: keyof typeof form) => (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value });
  const add = useMutation({
    mutationFn: () => ok(api().POST("/api/organisation/sites", {
      body: { ...form, latitude: Number(form.latitude), longitude: Number(form.longitude) },
    })),
    onSuccess: async () => {
      setAdding(false);
      await check();
    },
  });
  return (
    <Section title={text.sites} actions={<Button look="primary" onClick={() => setAdding(true)}>{text.addSite}</Button>}>
      <ul className="items">{me.sites.map((site) => <li key={site.id}><strong>{site.name}</strong><span className="meta">{site.region}, {site.timeZone}</span></li>)}</ul>
      <Dialog open={adding} title={text.addSite} onClose={() => setAdding(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
          <TextField label={text.name} required maxLength={120} value={form.name} onChange={set("name")} />
          <TextField label={text.region} hint="GB-ENG, US-CA, NZ-AUK" required pattern="[A-Z]{2}(-[A-Z0-9]{1,3})?" value={form.region} onChange={set("region")} />
          <TextField label={text.timeZone} required value={form.timeZone} onChange={set("timeZone")} />
          <TextField label={text.latitude} type="number" step="any" min={-90} max={90} required value={form.latitude} onChange={set("latitude")} />
          <TextField label={text.longitude} type="number" step="any" min={-180} max={180} required value={form.longitude} onChange={set("longitude")} />
          {add.error && <Failure error={add.error} />}
          <Button look="primary" type="submit" busy={add.isPending}>{text.addSite}</Button>
        </form>
      </Dialog>
    </Section>
  );
}

function Devices() {
  const { admin: text, app } = useText();
  const { me, siteName } = useSession();
  const { ago } = useFormats();
  const queries = useQueryClient();
  const [secret, setSecret] = useState<Schemas["DeviceCredential"]>();
  const [form, setForm] = useState({ siteId: me.sites[0]?.id ?? "", format: "any", keepUnmatched: false });
  const query = useQuery({ queryKey: ["devices"], queryFn: () => ok(api().GET("/api/organisation/devices")) });
  const refresh = () => queries.invalidateQueries({ queryKey: ["devices"] });
  const add = useMutation({
    mutationFn: () => ok(api().POST("/api/organisation/devices", { body: form })),
    onSuccess: async (made) => {
      setSecret(made);
      await refresh();
    },
  });
  const revoke = useMutation({ mutationFn: (cameraId: string) => ok(api().POST("/api/organisation/devices/{cameraId}/revocation", { params: { path: { cameraId } } })), onSuccess: refresh });
  const rotate = useMutation({
    mutationFn: (cameraId: string) => ok(api().POST("/api/organisation/devices/{cameraId}/rotation", { params: { path: { cameraId } }, body: { overlapHours: 24 } })),
    onSuccess: async (made) => {
      setSecret(made);
      await refresh();
    },
  });
  return (
    <>
      <Section title={text.devices}>
        {(revoke.error ?? rotate.error) && <Failure error={revoke.error ?? rotate.error} />}
        <Loaded query={query}>
          {({ devices }) => devices.length === 0 ? <Empty title={text.noDevices}>{text.noDevicesWhy}</Empty> : (
            <ul className="items">
              {devices.map((device) => (
                <li key={device.id}>
                  <strong>{siteName(device.siteId)}</strong>
                  <span className="meta">
                    <Badge tone={device.state === "revoked" ? "neutral" : device.silent ? "bad" : device.heardAt ? "good" : "info"}>{device.state === "revoked" ? text.revoked : device.silent ? text.silent : device.heardAt ? text.heard(ago(device.heardAt)) : text.never}</Badge>
                    <span>{text.formats[device.format] ?? device.format}</span>
                  </span>
                  {device.state === "active" && (
                    <div className="actions">
                      <Button busy={rotate.isPending} onClick={() => rotate.mutate(device.id)} aria-label={`${text.newSecret}: ${siteName(device.siteId)}`}>{text.newSecret}</Button>
                      <Button look="danger" busy={revoke.isPending} onClick={() => revoke.mutate(device.id)} aria-label={`${text.revoke}: ${siteName(device.siteId)}`}>{text.revoke}</Button>
                    </div>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <Section title={text.addDevice}>
        <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
          <Select label={app.site} value={form.siteId} onChange={(event) => setForm({ ...form, siteId: event.target.value })} options={me.sites.map(({ id, name }) => [id, name] as const)} />
          <Select label={text.format} hint={text.formatHint} value={form.format} onChange={(event) => setForm({ ...form, format: event.target.value })} options={Object.entries(text.formats)} />
          <Checkbox label={text.keepUnmatched} checked={form.keepUnmatched} onChange={(event) => setForm({ ...form, keepUnmatched: event.target.checked })} />
          {add.error && <Failure error={add.error} />}
          <Button type="submit" busy={add.isPending}>{text.addDevice}</Button>
        </form>
      </Section>
      <Dialog open={!!secret} title={text.secret} onClose={() => setSecret(undefined)}>{secret && <Secret value={`${secret.device}:${secret.secret}`} hint={text.secretHint} />}</Dialog>
    </>
  );
}

function Communities() {
  const { admin: text, types, sharing } = useText();
  const queries = useQueryClient();
  const query = useQuery({ queryKey: ["communities"], queryFn: () => ok(api().GET("/api/communities")) });
  const [form, setForm] = useState({ name: "", aim: "" });
  const found = useMutation({
    mutationFn: () => ok(api().POST("/api/communities", { params: { header: { "Idempotency-Key": freshKey() } }, body: form })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["communities"] }),
  });
  return (
    <>
      <Loaded query={query}>
        {({ communities }) => communities.length === 0 ? <Empty title={sharing.noCommunity} /> : communities.map((each) => (
          <Section key={each.id} title={each.name}>
            <p>{each.aim}</p>
            <Facts rows={[
              [text.place, text.places[each.state]],
              [text.weShare, each.settings.shares?.length ? each.settings.shares.map((rule) => `${rule.types.map((type) => types[type]).join(", ")}${rule.delayHours ? text.after(rule.delayHours) : ""}`).join("; ") : text.nothing],
              [text.members, each.members.filter((member) => member.state === "joined").map((member) => member.name).join(", ")],
              [text.invited, each.members.filter((member) => member.state === "invited").map((member) => member.name).join(", ")],
            ]} />
            <Membership community={each} />
          </Section>
        ))}
      </Loaded>
      <Section title={text.found}>
        <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); found.mutate(); }}>
          <TextField label={text.name} required maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
          <TextArea label={text.aim} required minLength={10} maxLength={1000} value={form.aim} onChange={(event) => setForm({ ...form, aim: event.target.value })} />
          {found.error && <Failure error={found.error} />}
          <Button type="submit" busy={found.isPending}>{text.found}</Button>
        </form>
      </Section>
    </>
  );
}

function Membership({ community }: { community: Schemas["CommunityView"] }) {
  const { admin: text, types, app } = useText();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [shared, setShared] = useState<string[]>(community.settings.shares?.flatMap((rule) => rule.types) ?? []);
  const settings: Schemas["MembershipSettings"] = { ...community.settings, shares: shared.length ? [{ ...community.settings.shares?.[0], types: shared as Schemas["ReportType"][] }] : [] };
  const path = { communityId: community.id };
  const refresh = async () => {
    setOpen(false);
    await queries.invalidateQueries({ queryKey: ["communities"] });
  };
  const save = useMutation({
    mutationFn: () => community.state === "joined"
      ? ok(api().PUT("/api/communities/{communityId}/membership", { params: { path, header: { "If-Match": community.etag } }, body: settings }))
      : ok(api().POST("/api/communities/{communityId}/membership", { params: { path }, body: settings })),
    onSuccess: refresh,
  });
  const leave = useMutation({ mutationFn: () => ok(api().DELETE("/api/communities/{communityId}/membership", { params: { path } })), onSuccess: refresh });
  const several = (community.settings.shares?.length ?? 0) > 1;
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`${community.state === "joined" ? text.settings : text.join}: ${community.name}`}>{community.state === "joined" ? text.settings : text.join}</Button>
      <Dialog open={open} title={community.name} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
          {several ? <p className="hint">{text.severalRules}</p> : <Several legend={text.weShare} options={Object.entries(types)} value={shared} onChange={setShared} />}
          {(save.error ?? leave.error) && <Failure error={save.error ?? leave.error} retry={() => void refresh()} />}
          <div className="actions">
            <Button look="primary" type="submit" disabled={several} busy={save.isPending}>{community.state === "joined" ? app.save : text.join}</Button>
            {community.state === "joined" && <Button look="danger" busy={leave.isPending} onClick={() => leave.mutate()}>{text.leave}</Button>}
          </div>
        </form>
      </Dialog>
    </>
  );
}

function Organisation() {
  const { admin: text, app } = useText();
  const { check } = useSession();
  const query = useQuery({ queryKey: ["organisation"], queryFn: () => withEtag(api().GET("/api/organisation")) });
  return (
    <Section title={text.organisation}>
      <Loaded query={query}>{({ value, etag }) => <Profile key={etag} profile={value} etag={etag} done={check} save={app.save} />}</Loaded>
    </Section>
  );
}

function Profile({ profile, etag, done, save }: { profile: Schemas["OrganisationView"]; etag: string; done: () => Promise<void>; save: string }) {
  const { admin: text } = useText();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const { app } = useText();
  const [form, setForm] = useState({ name: profile.name, dataProtectionContact: profile.dataProtectionContact ?? "", privacyNotice: profile.privacyNotice ?? "" });
  const change = useMutation({
    mutationFn: () => ok(api().PATCH("/api/organisation", { params: { header: { "If-Match": etag } }, body: Object.fromEntries(Object.entries(form).filter(([, value]) => value)) })),
    onSuccess: async () => {
      announce(app.saved);
      await queries.invalidateQueries({ queryKey: ["organisation"] });
      await done();
    },
  });
  return (
    <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); change.mutate(); }}>
      <Facts rows={[[text.jurisdiction, profile.jurisdiction], [text.kind, text.kinds[profile.kind]]]} />
      <TextField label={text.name} required maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      <TextField label={text.contact} type="email" value={form.dataProtectionContact} onChange={(event) => setForm({ ...form, dataProtectionContact: event.target.value })} />
      <TextField label={text.notice} type="url" value={form.privacyNotice} onChange={(event) => setForm({ ...form, privacyNotice: event.target.value })} />
      {change.error && <Failure error={change.error} retry={() => void queries.invalidateQueries({ queryKey: ["organisation"] })} />}
      <Button look="primary" type="submit" busy={change.isPending}>{save}</Button>
    </form>
  );
}
