/** What this user should know, as it happens. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { HandOver } from "../alerts/hand-over";
import { api, ApiError, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Empty, Page, Server } from "../ui/basics";
import { Failure, Loading, onEndOf, Rest } from "../ui/loaded";
import { LongList } from "../ui/virtual";

type Alert = Schemas["AlertView"];
type AlertPage = Schemas["AlertPage"];
const FILTERS = ["unread", "acknowledged", "all"] as const;
type Filter = (typeof FILTERS)[number];
type Pages = InfiniteData<AlertPage, string | undefined>;

const WAIT_SECONDS = 25;
const RECONNECT_MS = 3000;
const keyOf = (filter: Filter) => ["alerts", filter];

export default function Alerts() {
  const { alerts: text, app, channels, handOver, reports } = useText();
  const { has } = useSession();
  const [filter, setFilter] = useState<Filter>("unread");
  const query = useInfiniteQuery({
    queryKey: keyOf(filter),
    queryFn: ({ pageParam }) =>
      ok(api().GET("/api/alerts", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }), ...(filter !== "all" && { state: filter }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const live = useLive(filter, query.data?.pages[0]?.after ?? undefined);
  const alerts = query.data?.pages.flatMap((page) => page.alerts).filter((alert) => filter === "all" || alert.state === filter) ?? [];
  const count = useQuery({ queryKey: ["alerts", "count"], queryFn: () => ok(api().GET("/api/alerts/unread")) });
  return (
    <Page
      title={text.title}
      lead={query.data && <span className={`live ${live ? "on" : ""}`}>{live ? text.live : text.paused}</span>}
      actions={
        <>
          {has("reporter", "investigator", "org_admin") && <Link href="/reports/new" className="button primary">{reports.write}</Link>}
          <Link href="/telling" className="button quiet">{channels.link}</Link>
        </>
      }
    >
      <div className="switch" role="group" aria-label={app.filter}>
        {FILTERS.map((each) => (
          <Button key={each} aria-pressed={filter === each} onClick={() => setFilter(each)}>
            {each === "unread" ? text.unread : each === "acknowledged" ? text.done : app.all}
          </Button>
        ))}
        {count.data && count.data.unread > 0 && <span className="hint">{handOver.waiting(count.data.unread, count.data.urgent)}</span>}
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : alerts.length === 0 ? <Empty title={filter === "unread" ? text.emptyUnread : text.empty}>{text.emptyUnreadWhy}</Empty>
        : (
          <LongList items={alerts} keyOf={(alert) => alert.id} label={text.title} estimate={110} onEnd={onEndOf(query)}>
            {(alert) => <AlertCard alert={alert} />}
          </LongList>
        )}
      <Rest query={query} shown={alerts.length} />
    </Page>
  );
}

function AlertCard({ alert }: { alert: Alert }) {
  const { alerts: text, channels, handOver, relations } = useText();
  const { ago, dateTime } = useFormats();
  const queries = useQueryClient();
  const put = (done: Alert) => {
    for (const filter of FILTERS)
      queries.setQueryData<Pages>(keyOf(filter), (before) => before && { ...before, pages: before.pages.map((page) => ({ ...page, alerts: page.alerts.map((each) => (each.id === done.id ? done : each)) })) });
    void queries.invalidateQueries({ queryKey: ["alerts", "count"] });
    // Lists that are not in sight are asked for anew when they are.
    void queries.invalidateQueries({ queryKey: keyOf("acknowledged"), refetchType: "none" });
  };
  const card = useRef<HTMLElement>(null);
  const announce = useAnnounce();
  const acknowledge = useMutation({
    mutationFn: () => ok(api().POST("/api/alerts/{alertId}/acknowledge", { params: { path: { alertId: alert.id }, header: { "If-Match": alert.etag } } })),
    onSuccess: (done) => {
      const next = card.current?.contains(document.activeElement) ? besides(card.current) : undefined;
      put(done);
      announce(text.acknowledged);
      // The card leaves the list: whoever works with the keyboard goes on with the next.
      if (next) requestAnimationFrame(() => next.focus());
    },
    // Somebody did so on another device: look at what is there now.
    onError: (error) => error instanceof ApiError && error.status === 412 && void queries.invalidateQueries({ queryKey: ["alerts"] }),
  });
  const to = placeOf(alert);
  return (
    <article ref={card} className={`row-card ${alert.urgent ? "urgent" : ""}`}>
      <div className="row-main">
        <h2>{to ? <Link href={to}><Server>{alert.headline}</Server></Link> : <Server>{alert.headline}</Server>}</h2>
        <p className="meta">
          {alert.urgent && <Badge tone="bad">{text.urgent}</Badge>}
          <time dateTime={alert.createdAt} title={dateTime(alert.createdAt)}>{ago(alert.createdAt)}</time>
          <span>{relations[alert.relation]}</span>
          {alert.state === "acknowledged" && <Badge tone="good">{text.acknowledged}</Badge>}
        </p>
        {alert.handedOverBy && <p>{handOver.toYou}</p>}
        {alert.takenOverBy && <p>{handOver.byYou}</p>}
        <details>
          <summary>{text.whyTold}</summary>
          <p><Server>{alert.why}</Server></p>
          {alert.also.map((each) => <p key={each.outlet}>{handOver.also(channels.outlets[each.outlet]!, dateTime(each.dueAt))} <Server>{each.why}</Server></p>)}
        </details>
        {acknowledge.error && <Failure error={acknowledge.error} />}
      </div>
      <HandOver alert={alert} done={put} />
      {alert.state === "unread" && (
        <Button busy={acknowledge.isPending} onClick={() => acknowledge.mutate()} aria-label={`${text.acknowledge}: ${alert.headline}`}>{text.acknowledge}</Button>
      )}
    </article>
  );
}

/** What has the focus when a card is gone: the card after it, or before, or the head of the page. */
function besides(card: HTMLElement): HTMLElement | undefined {
  const item = card.closest('[role="listitem"]');
  const other = item?.nextElementSibling ?? item?.previousElementSibling;
  return (other?.querySelector<HTMLElement>("h2 a, button") ?? document.querySelector<HTMLElement>("main h1")) ?? undefined;
}

/** Where the record of an alert is to be seen. */
export function placeOf(alert: Pick<Alert, "cause" | "causeId" | "causeOrganisationId" | "relation">): string | undefined {
  switch (alert.cause) {
    case "report":
    case "saved_search":
      return `/reports/${alert.causeId}${alert.relation === "own" ? "" : `?owner=${alert.causeOrganisationId}`}`;
    case "plate_candidate":
    case "plate_confirmed":
      return `/plates/candidates/${alert.causeId}`;
    case "alarm":
      return "/audit";
    case "rights":
      return "/privacy/requests";
    case "complaint":
      return `/privacy/matters/${alert.causeId}`;
    case "complaint_due":
      return "/privacy/complaints";
    case "breach":
      return "/privacy/breaches";
    case "camera_silent":
      return "/administration/devices";
    default:
      return undefined;
  }
}

/** Waits for what is new and puts it on top, for as long as the page is open. Returns whether the line is up. */
function useLive(filter: Filter, start: string | undefined): boolean {
  const queries = useQueryClient();
  const { check } = useSession();
  const { alerts: text } = useText();
  const announce = useAnnounce();
  const [up, setUp] = useState(true);
  const place = useRef<string>(undefined);
  const started = start !== undefined;
  const first = useRef(start);
  first.current = start;
  useEffect(() => {
    if (!started) return;
    const ended = new AbortController();
    place.current = first.current;
    void (async () => {
      while (!ended.signal.aborted) {
        try {
          const page = await ok(api().GET("/api/alerts", { params: { query: { after: place.current!, wait: WAIT_SECONDS, limit: 50 } }, signal: ended.signal }));
          place.current = page.after ?? place.current;
          setUp(true);
          if (page.alerts.length === 0) continue;
          announce(text.arrived(page.alerts.length));
          queries.setQueryData<Pages>(keyOf(filter), (before) => before && withNew(before, page.alerts));
          for (const other of FILTERS.filter((each) => each !== filter)) void queries.invalidateQueries({ queryKey: keyOf(other), refetchType: "none" });
          void queries.invalidateQueries({ queryKey: ["alerts", "count"] });
        } catch (error) {
          if (ended.signal.aborted) return;
          setUp(false);
          if (error instanceof ApiError && error.status === 403) await check();
          if (error instanceof ApiError && error.status === 401) return;
          await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
        }
      }
    })();
    return () => ended.abort();
  }, [started, filter, queries, announce, text, check]);
  return up;
}

/** New alerts come oldest first; each is listed once whatever is told twice. */
export function withNew(before: Pages, arrived: readonly Alert[]): Pages {
  const known = new Set(before.pages.flatMap((page) => page.alerts.map((alert) => alert.id)));
  const fresh = arrived.filter((alert) => !known.has(alert.id)).reverse();
  const [first, ...rest] = before.pages;
  if (!first || fresh.length === 0) return before;
  return { ...before, pages: [{ ...first, alerts: [...fresh, ...first.alerts] }, ...rest] };
}
