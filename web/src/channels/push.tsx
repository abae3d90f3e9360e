/** Being told in this browser. Permission is asked for when a person presses the button, and never otherwise. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useAnnounce } from "../ui/announcer";
import { Button, Notice, Section, Server } from "../ui/basics";
import { Failure, Loaded } from "../ui/loaded";

type Here = "impossible" | "refused" | "off" | "on";

/** What this browser allows, and whether it is subscribed. */
async function here(): Promise<Here> {
  if (!("PushManager" in globalThis) || !("Notification" in globalThis)) return "impossible";
  const worker = await navigator.serviceWorker?.getRegistration();
  if (!worker) return "impossible";
  if (Notification.permission === "denied") return "refused";
  return (await worker.pushManager.getSubscription()) ? "on" : "off";
}

class RefusedError extends Error {}

async function subscribe(): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") throw new RefusedError();
  const { publicKey } = await ok(api().GET("/api/push-key"));
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await tell(subscription);
}

/** Told again, the same browser is the same record: so this is also how its id is found. */
const tell = (subscription: PushSubscription) => ok(api().POST("/api/me/browsers", { body: subscription.toJSON() as unknown as Schemas["BrowserForm"] }));

async function unsubscribe(): Promise<void> {
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  if (!subscription) return;
  const { id } = await tell(subscription);
  await ok(api().DELETE("/api/me/browsers/{browserId}", { params: { path: { browserId: id } } }));
  await subscription.unsubscribe();
}

export function Browsers() {
  const { channels: text, app } = useText();
  const { dateTime } = useFormats();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ["channels", "browsers"] });
  const mine = useQuery({ queryKey: ["channels", "browsers", "here"], queryFn: here, staleTime: 0 });
  const all = useQuery({ queryKey: ["channels", "browsers", "all"], queryFn: () => ok(api().GET("/api/me/browsers")) });
  const on = useMutation({
    mutationFn: subscribe,
    onSuccess: () => announce(text.pushOn),
    onSettled: refresh,
  });
  const off = useMutation({ mutationFn: unsubscribe, onSettled: refresh });
  const remove = useMutation({ mutationFn: (browserId: string) => ok(api().DELETE("/api/me/browsers/{browserId}", { params: { path: { browserId } } })), onSuccess: refresh });
  return (
    <Section title={text.push}>
      <p className="hint">{text.pushWhy}</p>
      {mine.data === "impossible" && <Notice>{text.pushImpossible}</Notice>}
      {mine.data === "refused" && <Notice tone="warn" title={text.pushRefused}><p>{text.pushRefusedWhy}</p></Notice>}
      {mine.data === "off" && <Button look="primary" busy={on.isPending} onClick={() => on.mutate()}>{text.pushHere}</Button>}
      {mine.data === "on" && <><p>{text.pushIsOn}</p><Button busy={off.isPending} onClick={() => off.mutate()}>{text.pushStop}</Button></>}
      {on.error && !(on.error instanceof RefusedError) && (on.error instanceof DOMException ? <Notice tone="warn" role="alert" title={text.pushAway}><p>{text.pushAwayWhy}</p></Notice> : <Failure error={on.error} />)}
      {(off.error ?? remove.error) && <Failure error={off.error ?? remove.error} />}
      <Loaded query={all}>
        {({ browsers }) => browsers.length === 0 ? <p className="hint">{text.noBrowsers}</p> : (
          <ul className="items" aria-label={text.browsers}>
            {browsers.map((browser) => (
              <li key={browser.id}>
                <span className="meta"><Server>{browser.service}</Server><span>{text.since(dateTime(browser.createdAt))}</span></span>
                <Button look="quiet" busy={remove.isPending} onClick={() => remove.mutate(browser.id)} aria-label={`${app.remove}: ${browser.service}`}>{app.remove}</Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}
