/** The board of complaints, or of requests of third parties: what came in, and by when it must be dealt with. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { api, ok, type Schemas } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Badge, Button, Empty } from "../../ui/basics";
import { Failure, Loading } from "../../ui/loaded";
import { Day } from "./clock";

export type Kind = Schemas["MatterView"]["kind"];
type Line = Schemas["DeskPage"]["matters"][number];
const STATES = ["", "received", "acknowledged", "closed"] as const;

export function Matters({ kind }: { kind: Kind }) {
  const { matters: text, app } = useText();
  const [state, setState] = useState<(typeof STATES)[number]>("");
  const query = useInfiniteQuery({
    queryKey: ["matters", kind, state],
    queryFn: ({ pageParam }) => ok(api().GET("/api/complaints", { params: { query: { kind, limit: 25, ...(state && { state }), ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.matters) ?? [];
  return (
    <>
      <p className="hint">{text.leads[kind]}</p>
      <div className="switch" role="group" aria-label={app.filter}>
        {STATES.map((each) => <Button key={each} aria-pressed={state === each} onClick={() => setState(each)}>{each ? text.states[each] : app.all}</Button>)}
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.empty[kind]!}>{text.emptyWhy}</Empty>
        : <ul className="cards" aria-label={text.titles[kind]}>{found.map((each) => <li key={each.id} className={`row-card ${each.overdue ? "urgent" : ""}`}><One line={each} /></li>)}</ul>}
      {query.hasNextPage && <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{app.more}</Button>}
    </>
  );
}

function One({ line }: { line: Line }) {
  const { matters: text, privacy } = useText();
  const { date } = useFormats();
  return (
    <div className="row-main">
      <h2><Link href={`/privacy/matters/${line.id}`}>{(line.about && text.abouts[line.about]) ?? (line.sender && text.senders[line.sender])} ({line.reference})</Link></h2>
      <p className="meta">
        <span>{privacy.received(date(line.receivedAt))}</span>
        {line.overdue && <Badge tone="bad">{privacy.overdue}</Badge>}
        <Days line={line} />
        {line.outcome ? <Badge tone="good">{text.outcomes[line.outcome]}</Badge> : <Badge>{text.states[line.state]}</Badge>}
      </p>
    </div>
  );
}

/** The days that still count. */
export function Days({ line }: { line: Pick<Line, "state" | "acknowledgeBy" | "answerBy"> }) {
  const { matters: text } = useText();
  if (line.state === "closed") return null;
  return <>{line.state === "received" && line.acknowledgeBy && <Day label={text.acknowledgeBy} day={line.acknowledgeBy} />}<Day label={text.answerBy} day={line.answerBy} /></>;
}
