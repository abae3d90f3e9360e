/** The board: people's requests with their clocks, the most urgent first. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, ok } from "../../api/client";
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Badge, Empty } from "../../ui/basics";
import { Loaded } from "../../ui/loaded";
import { Clock } from "./clock";

export function Requests() {
  const { privacy: text } = useText();
  const { date } = useFormats();
  const board = useQuery({ queryKey: ["rights", "board"], queryFn: () => ok(api().GET("/api/rights/board")) });
  return (
    <Loaded query={board}>
      {(found) => (
        <>
          <div className="tiles">
            <p className="tile"><strong>{found.open}</strong> {text.openRequests}</p>
            <p className={`tile ${found.overdue ? "bad" : ""}`}><strong>{found.overdue}</strong> {text.overdue}</p>
            <p className="tile"><strong>{found.dueWithinAWeek}</strong> {text.dueSoon}</p>
            <p className="tile"><strong>{found.notAcknowledged}</strong> {text.notAcknowledged}</p>
          </div>
          {found.cases.length === 0 ? <Empty title={text.noRequests}>{text.noRequestsWhy}</Empty> : (
            <ul className="cards">
              {found.cases.map((each) => (
                <li key={each.id} className={`row-card ${each.clock.overdue ? "urgent" : ""}`}>
                  <div className="row-main">
                    <h2><Link href={`/privacy/requests/${each.id}`}>{each.kinds.map((kind) => text.kinds[kind]).join(", ")} ({each.reference})</Link></h2>
                    <p className="meta">
                      <span>{text.received(date(each.receivedAt))}</span>
                      <Clock clock={each.clock} />
                      <span>{text.identities[each.identity]}</span>{!each.acknowledged && <Badge tone="warn">{text.notAcknowledged}</Badge>}
                    </p>
                  </div>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Loaded>
  );
}
