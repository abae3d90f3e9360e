/** A report in a list. */
import { Link } from "wouter";
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge } from "./basics";

export function ReportCard({ report }: { report: Schemas["ReportView"] }) {
  const { types, feed, reports, methods, fields } = useText();
  const { me, siteName } = useSession();
  const { dateTime, money } = useFormats();
  const own = report.organisationId === me.organisation.id;
  const people = report.people?.length ?? 0;
  const vehicles = report.vehicles?.length ?? 0;
  const site = siteName(report.siteId);
  return (
    <article className={`row-card ${report.weaponSeen || report.anyoneHurt ? "urgent" : ""}`}>
      <div className="row-main">
        <h2>
          <Link href={`/reports/${report.id}${own ? "" : `?owner=${report.organisationId}`}`}>{types[report.type]}{site && `, ${site}`}</Link>
        </h2>
        <p className="meta">
          <time dateTime={report.occurredAt}>{dateTime(report.occurredAt)}</time>
          {report.loss && <span>{feed.lossOf(money(report.loss))}</span>}
          {people > 0 && <span>{reports.people(people)}</span>}
          {vehicles > 0 && <span>{reports.vehicles(vehicles)}</span>}
          {report.methods?.map((method) => <span key={method}>{methods[method]}</span>)}
          {report.weaponSeen && <Badge tone="bad">{fields["weaponSeen"]}</Badge>}
          {report.anyoneHurt && <Badge tone="bad">{fields["anyoneHurt"]}</Badge>}
          {report.status === "closed" && <Badge>{reports.closed}</Badge>}
        </p>
        {report.whatHappened && <p className="excerpt">{report.whatHappened}</p>}
      </div>
    </article>
  );
}
