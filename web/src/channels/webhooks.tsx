/** Systems of the organisation that are told: each with its address, its secret, and how it has been answering. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { Badge, Button, Empty, Notice, Section, Server } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";
import { Secret } from "../ui/secret";
import { Deliveries } from "./deliveries";
import { FilterFields, useToldOf, type Filter } from "./filter";

type Webhook = Schemas["WebhookView"];
const KEY = ["channels", "webhooks"];

export function Webhooks() {
  const { webhooks: text } = useText();
  const [adding, setAdding] = useState(false);
  const query = useQuery({ queryKey: KEY, queryFn: () => ok(api().GET("/api/webhooks")), staleTime: 0 });
  return (
    <>
      <Section title={text.title} actions={<Button look="primary" onClick={() => setAdding(true)}>{text.add}</Button>}>
        <p className="hint">{text.lead}</p>
        <Loaded query={query}>
          {({ webhooks }) => webhooks.length === 0 ? <Empty title={text.none}>{text.noneWhy}</Empty> : (
            <ul className="items" aria-label={text.title}>{webhooks.map((webhook) => <li key={webhook.id}><One webhook={webhook} /></li>)}</ul>
          )}
        </Loaded>
        <Dialog open={adding} title={text.add} onClose={() => setAdding(false)}><Add /></Dialog>
      </Section>
      <Deliveries />
    </>
  );
}

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: KEY });
}

function Add() {
  const { webhooks: text } = useText();
  const refresh = useRefresh();
  const [form, setForm] = useState<{ name: string; url: string; tells: Filter }>({ name: "", url: "", tells: {} });
  const add = useMutation({ mutationFn: () => ok(api().POST("/api/webhooks", { body: form })), onSuccess: refresh });
  if (add.data) return <Secret value={add.data.secret} hint={text.secretHint} />;
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
      <TextField label={text.name} required maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      <TextField label={text.url} hint={text.urlHint} type="url" required maxLength={500} value={form.url} onChange={(event) => setForm({ ...form, url: event.target.value })} />
      <FilterFields filter={form.tells} set={(tells) => setForm({ ...form, tells })} />
      {add.error && <Failure error={add.error} />}
      <Button look="primary" type="submit" busy={add.isPending}>{text.add}</Button>
    </form>
  );
}

type Open = "change" | "rotate" | "remove";

function One({ webhook }: { webhook: Webhook }) {
  const { webhooks: text, channels, app } = useText();
  const { dateTime, number } = useFormats();
  const toldOf = useToldOf();
  const refresh = useRefresh();
  const [open, setOpen] = useState<Open>();
  const path = { webhookId: webhook.id };
  const ping = useMutation({ mutationFn: () => ok(api().POST("/api/webhooks/{webhookId}/ping", { params: { path } })), onSettled: refresh });
  const turn = useMutation({
    mutationFn: () => ok(api().PATCH("/api/webhooks/{webhookId}", { params: { path, header: { "If-Match": webhook.etag } }, body: { state: webhook.state === "active" ? "paused" : "active" } })),
    onSuccess: refresh,
  });
  const named = (what: string) => `${what}: ${webhook.name}`;
  return (
    <article className="stack" aria-label={webhook.name}>
      <p><strong>{webhook.name}</strong> <span className="hint">{webhook.host}</span></p>
      <p className="meta">
        <Badge tone={webhook.state === "active" ? "good" : "neutral"}>{text.states[webhook.state]}</Badge>
        {webhook.restingUntil && <Badge tone="bad">{text.resting(dateTime(webhook.restingUntil))}</Badge>}
        {webhook.secrets > 1 && <Badge tone="info">{text.twoSecrets}</Badge>}
        <span>{channels.tells}: {toldOf(webhook.tells)}</span>
      </p>
      {webhook.pausedBecause && <p><Server>{webhook.pausedBecause}</Server></p>}
      {webhook.restingUntil && <p className="hint">{text.restingWhy}</p>}
      {ping.data && (
        <Notice tone={ping.data.delivered ? "good" : "bad"} role="status" title={ping.data.delivered ? text.answered(number(ping.data.tookMs)) : text.notAnswered}>
          <p><Server>{ping.data.outcome}</Server></p>
        </Notice>
      )}
      {(ping.error ?? turn.error) && <Failure error={ping.error ?? turn.error} retry={() => void refresh()} />}
      <div className="actions">
        <Button busy={ping.isPending} onClick={() => ping.mutate()} aria-label={named(text.ping)}>{text.ping}</Button>
        <Button onClick={() => setOpen("change")} aria-label={named(text.change)}>{text.change}</Button>
        <Button onClick={() => setOpen("rotate")} aria-label={named(text.rotate)}>{text.rotate}</Button>
        <Button busy={turn.isPending} onClick={() => turn.mutate()} aria-label={named(webhook.state === "active" ? text.pause : text.resume)}>{webhook.state === "active" ? text.pause : text.resume}</Button>
        <Button look="danger" onClick={() => setOpen("remove")} aria-label={named(app.remove)}>{app.remove}</Button>
      </div>
      <Dialog open={open === "change"} title={named(text.change)} onClose={() => setOpen(undefined)}><Change webhook={webhook} done={() => setOpen(undefined)} /></Dialog>
      <Dialog open={open === "rotate"} title={named(text.rotate)} onClose={() => setOpen(undefined)}><Rotate id={webhook.id} /></Dialog>
      <Dialog open={open === "remove"} title={named(app.remove)} onClose={() => setOpen(undefined)}><Remove webhook={webhook} /></Dialog>
    </article>
  );
}

function Change({ webhook, done }: { webhook: Webhook; done: () => void }) {
  const { webhooks: text, app } = useText();
  const refresh = useRefresh();
  const [form, setForm] = useState<{ name: string; url: string; tells: Filter }>({ name: webhook.name, url: "", tells: webhook.tells });
  const change = useMutation({
    mutationFn: () => ok(api().PATCH("/api/webhooks/{webhookId}", {
      params: { path: { webhookId: webhook.id }, header: { "If-Match": webhook.etag } },
      body: { name: form.name, tells: form.tells, ...(form.url && { url: form.url }) },
    })),
    onSuccess: async () => {
      await refresh();
      done();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); change.mutate(); }}>
      <TextField label={text.name} required maxLength={120} value={form.name} onChange={(event) => setForm({ ...form, name: event.target.value })} />
      <TextField label={text.url} hint={text.urlKept(webhook.host)} type="url" optional maxLength={500} value={form.url} onChange={(event) => setForm({ ...form, url: event.target.value })} />
      <FilterFields filter={form.tells} set={(tells) => setForm({ ...form, tells })} />
      {change.error && <Failure error={change.error} retry={() => void refresh().then(done)} />}
      <Button look="primary" type="submit" busy={change.isPending}>{app.save}</Button>
    </form>
  );
}

function Rotate({ id }: { id: string }) {
  const { webhooks: text } = useText();
  const { dateTime } = useFormats();
  const refresh = useRefresh();
  const [hours, setHours] = useState("24");
  const rotate = useMutation({
    mutationFn: () => ok(api().POST("/api/webhooks/{webhookId}/rotation", { params: { path: { webhookId: id } }, body: { overlapHours: Number(hours) } })),
    onSuccess: refresh,
  });
  if (rotate.data) return <Secret value={rotate.data.secret} hint={`${text.secretHint} ${rotate.data.oldSecretEndsAt ? text.oldUntil(dateTime(rotate.data.oldSecretEndsAt)) : ""}`} />;
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); rotate.mutate(); }}>
      <TextField label={text.overlap} hint={text.overlapHint} type="number" min={0} max={168} required value={hours} onChange={(event) => setHours(event.target.value)} />
      {rotate.error && <Failure error={rotate.error} />}
      <Button look="primary" type="submit" busy={rotate.isPending}>{text.rotate}</Button>
    </form>
  );
}

function Remove({ webhook }: { webhook: Webhook }) {
  const { webhooks: text, app } = useText();
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: () => ok(api().DELETE("/api/webhooks/{webhookId}", { params: { path: { webhookId: webhook.id }, header: { "If-Match": webhook.etag } } })),
    onSuccess: refresh,
  });
  return (
    <>
      <p>{text.removeWhy}</p>
      {remove.error && <Failure error={remove.error} retry={() => void refresh()} />}
      <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>{app.remove}</Button>
    </>
  );
}
