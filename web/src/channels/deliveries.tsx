/** What was told outside the app, and what could not be: that is tried again when somebody says so. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Empty, Section, Server } from "../ui/basics";
import { Failure, Loading } from "../ui/loaded";

type Delivery = Schemas["DeliveryView"];
const KEY = ["channels", "deliveries"];
const SHOWN = ["dead", "pending", ""] as const;
const TONES: Record<string, "good" | "bad" | "info" | "neutral"> = { delivered: "good", dead: "bad", pending: "info", waiting: "info" };

export function Deliveries() {
  const { webhooks: text, app } = useText();
  const queries = useQueryClient();
  const [state, setState] = useState<(typeof SHOWN)[number]>("dead");
  const query = useInfiniteQuery({
    queryKey: [...KEY, state],
    queryFn: ({ pageParam }) => ok(api().GET("/api/deliveries", { params: { query: { limit: 25, ...(state && { state }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 0,
  });
  const all = query.data?.pages.flatMap((page) => page.deliveries) ?? [];
  return (
    <Section title={text.deliveries} actions={<Button look="quiet" busy={query.isFetching} onClick={() => void queries.invalidateQueries({ queryKey: KEY })}>{text.lookAgain}</Button>}>
      <p className="hint">{text.deliveriesWhy}</p>
      <div className="switch" role="group" aria-label={app.filter}>
        {SHOWN.map((each) => <Button key={each} aria-pressed={state === each} onClick={() => setState(each)}>{each ? text.outcomes[each] : app.all}</Button>)}
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : all.length === 0 ? <Empty title={state === "dead" ? text.noneDead : text.noDeliveries} />
        : <ul className="items" aria-label={text.deliveries}>{all.map((delivery) => <li key={delivery.id}><One delivery={delivery} /></li>)}</ul>}
      {query.hasNextPage && <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </Section>
  );
}

function One({ delivery }: { delivery: Delivery }) {
  const { webhooks: text, channels } = useText();
  const { dateTime } = useFormats();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: KEY });
  const replay = useMutation({
    mutationFn: () => ok(api().POST("/api/deliveries/{deliveryId}/replay", { params: { path: { deliveryId: delivery.id }, header: { "If-Match": delivery.etag } } })),
    onSuccess: async () => {
      announce(text.replayed);
      await refresh();
    },
  });
  return (
    <article className="stack">
      <p><strong><Server>{delivery.headline}</Server></strong>{delivery.notices > 1 && ` ${text.andMore(delivery.notices - 1)}`}</p>
      <p className="meta">
        <Badge tone={TONES[delivery.state] ?? "neutral"}>{text.outcomes[delivery.state]}</Badge>
        <span>{channels.outlets[delivery.channel]}</span>
        <time dateTime={delivery.createdAt}>{dateTime(delivery.createdAt)}</time>
        {delivery.tries > 0 && <span>{text.tries(delivery.tries)}</span>}
        {delivery.outcome && <Server>{delivery.outcome}</Server>}
        {delivery.dueAt && <span>{text.next(dateTime(delivery.dueAt))}</span>}
      </p>
      {replay.error && <Failure error={replay.error} retry={() => void refresh()} />}
      {delivery.state === "dead" && <Button busy={replay.isPending} onClick={() => replay.mutate()} aria-label={`${text.replay}: ${delivery.headline}`}>{text.replay}</Button>}
    </article>
  );
}
