/** One report: what happened, what is not shown and why, and what may be done with it. */
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "wouter";
import { api, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Badge, Facts, Notice, Page, Section } from "../ui/basics";
import { Loaded } from "../ui/loaded";

export type ReportView = Schemas["ReportView"];

export default function Report({ id }: { id: string }) {
  const [search] = useSearchParams();
  const owner = search.get("owner") ?? undefined;
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["report", id, owner, purpose],
    queryFn: () => withEtag(api().GET("/api/reports/{reportId}", { params: { path: { reportId: id }, query: { purpose, ...(owner && { owner }) } } })),
  });
  return <Loaded query={query}>{({ value }) => <Whole report={value} />}</Loaded>;
}

function Whole({ report }: { report: ReportView }) {
  const { report: text, types, fields } = useText();
  const { me, siteName } = useSession();
  const own = report.organisationId === me.organisation.id;
  return (
    <Page title={text.title(types[report.type]!, siteName(report.siteId))}>
      <Minor state={report.minor} />
      <div className="columns">
        <div>
          <Event report={report} />
          <Section title={text.story}>
            {report.whatHappened ? <p className="story">{report.whatHappened}</p> : <p className="hint">{report.withheld.includes("whatHappened") ? text.withheldTitle : text.noStory}</p>}
          </Section>
          {report.items && <Goods items={report.items} />}
          {report.people && <People people={report.people} />}
          {report.vehicles && <Vehicles vehicles={report.vehicles} />}
        </div>
        <div>
          <Section title={text.whyYou}><p>{own ? text.whyOwn : text.whyOther}</p></Section>
          {report.withheld.length > 0 && (
            <Section title={text.withheldTitle}>
              <p>{text.withheldWhy}</p>
              <ul className="tags">{report.withheld.map((field) => <li key={field}><Badge>{fields[field] ?? field}</Badge></li>)}</ul>
            </Section>
          )}
        </div>
      </div>
    </Page>
  );
}

function Minor({ state }: { state: ReportView["minor"] }) {
  const { report: text } = useText();
  if (state === "no") return null;
  const words = { stated: text.minorStated, suspected: text.minorSuspected, cleared: text.minorCleared }[state];
  return <Notice tone={state === "cleared" ? "info" : "warn"}>{words}</Notice>;
}

function Event({ report }: { report: ReportView }) {
  const { report: text, fields, howKnown, methods, app, reports } = useText();
  const { siteName } = useSession();
  const { dateTime, money } = useFormats();
  const said = (value: boolean | null) => (value === null ? null : value ? <Badge tone="bad">{app.yes}</Badge> : app.no);
  return (
    <Section title={text.facts}>
      <Facts
        rows={[
          [fields["occurredAt"]!, dateTime(report.occurredAt)],
          [fields["siteId"]!, siteName(report.siteId)],
          [fields["howKnown"]!, howKnown[report.howKnown]],
          [fields["methods"]!, report.methods?.map((method) => methods[method]).join(", ")],
          [fields["loss"]!, report.loss && money(report.loss)],
          [fields["weaponSeen"]!, said(report.weaponSeen)],
          [fields["anyoneHurt"]!, said(report.anyoneHurt)],
          [fields["policeReference"]!, report.policeReference],
          [fields["status"]!, report.status === "open" ? reports.open : reports.closed],
          [fields["submittedAt"]!, dateTime(report.submittedAt)],
          [text.amended, report.amendedAt && dateTime(report.amendedAt)],
        ]}
      />
    </Section>
  );
}

function Goods({ items }: { items: Schemas["Item"][] }) {
  const { report: text } = useText();
  const { money, number } = useFormats();
  return (
    <Section title={text.goods}>
      {items.length === 0 ? <p className="hint">{text.noGoods}</p> : (
        <div className="scroll">
          <table>
            <thead><tr><th scope="col">{text.product}</th><th scope="col" className="number">{text.quantity}</th><th scope="col" className="number">{text.value}</th></tr></thead>
            <tbody>
              {items.map((item, index) => (
                <tr key={index}><td>{item.product}</td><td className="number">{number(item.quantity)}</td><td className="number">{item.value && money(item.value)}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function People({ people }: { people: Schemas["PersonDescription"][] }) {
  const { report: text, fields, personRoles, ages } = useText();
  return (
    <Section title={text.people}>
      {people.length === 0 && <p className="hint">{text.noPeople}</p>}
      {people.map((person, index) => (
        <Facts
          key={index}
          rows={[
            [fields["role"]!, personRoles[person.role]],
            [fields["ageBand"]!, person.ageBand && ages[person.ageBand]],
            ...(["name", "clothing", "marks", "carried", "behaviour"] as const).map((field) => [fields[field]!, person[field]] as const),
          ]}
        />
      ))}
    </Section>
  );
}

function Vehicles({ vehicles }: { vehicles: Schemas["VehicleDescription"][] }) {
  const { report: text, fields } = useText();
  return (
    <Section title={text.vehicles}>
      {vehicles.length === 0 && <p className="hint">{text.noVehicles}</p>}
      {vehicles.map((vehicle, index) => (
        <Facts
          key={index}
          rows={[
            [fields["plate"]!, vehicle.plate && <span className="plate">{vehicle.plate}</span>],
            ...(["country", "make", "model", "colour", "notes"] as const).map((field) => [fields[field]!, vehicle[field]] as const),
          ]}
        />
      ))}
    </Section>
  );
}
