/** One report: what happened, what is not shown and why, and what may be done with it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useSearchParams } from "wouter";
import { api, ok, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { EvidenceOfReport } from "../evidence/of-report";
import { Dialog } from "../ui/dialog";
import { Choices, TextField } from "../ui/form";
import { Failure } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";
import { Sharing } from "./sharing";
import { Badge, Button, Facts, Notice, Page, Section, scrolling } from "../ui/basics";
import { Loaded, Loading } from "../ui/loaded";

const Belongs = lazy(() => import("../investigate/belongs"));

export type ReportView = Schemas["ReportView"];

export default function Report({ id }: { id: string }) {
  const [search] = useSearchParams();
  const owner = search.get("owner") ?? undefined;
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["report", id, owner, purpose],
    queryFn: () => withEtag(api().GET("/api/reports/{reportId}", { params: { path: { reportId: id }, query: { purpose, ...(owner && { owner }) } } })),
  });
  return <Loaded query={query}>{({ value, etag }) => <Whole report={value} etag={etag} />}</Loaded>;
}

function Whole({ report, etag }: { report: ReportView; etag: string }) {
  const { report: text, types, fields } = useText();
  const { me, siteName, has } = useSession();
  const own = report.organisationId === me.organisation.id;
  const judging = own && has("investigator", "privacy_officer") && (report.minor === "suspected" || report.minor === "stated");
  return (
    <Page
      title={text.title(types[report.type]!, siteName(report.siteId))}
      actions={own && <>{has("investigator") && <Amend report={report} etag={etag} />}{judging && <JudgeAge report={report} etag={etag} />}</>}
    >
      <Minor state={report.minor} />
      <div className="columns">
        <div>
          <Event report={report} />
          <Section title={text.story}>
            {report.whatHappened ? <p className="story">{report.whatHappened}</p> : <p className="hint">{report.withheld.includes("whatHappened") ? text.withheldTitle : text.noStory}</p>}
          </Section>
          {report.statements && report.statements.length > 0 && (
            <Section title={text.statements}>
              <p className="hint">{text.statementsWhy}</p>
              {report.statements.map((each, place) => <blockquote key={place} className="story">{each}</blockquote>)}
            </Section>
          )}
          {report.items && <Goods items={report.items} />}
          {report.people && <People people={report.people} />}
          {report.vehicles && <Vehicles vehicles={report.vehicles} />}
          {own && has("investigator", "privacy_officer") && <Suspense fallback={<Loading />}><Belongs report={report} /></Suspense>}
        </div>
        <div>
          {own && <EvidenceOfReport reportId={report.id} />}
          {own && has("investigator") && <Sharing report={report} />}
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

function Amend({ report, etag }: { report: ReportView; etag: string }) {
  const { report: text, fields, app, write } = useText();
  const { purpose } = useSession();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [story, setStory] = useState(report.whatHappened ?? "");
  const [reference, setReference] = useState(report.policeReference ?? "");
  const amend = useMutation({
    mutationFn: (body: Schemas["ReportAmendment"]) => ok(api().PATCH("/api/reports/{reportId}", { params: { path: { reportId: report.id }, query: { purpose }, header: { "If-Match": etag } }, body })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["report", report.id] });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.amend}</Button>
      <Dialog open={open} title={text.amendTitle} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); amend.mutate({ whatHappened: story, ...(reference && { policeReference: reference }) }); }}>
          <ScreenedText label={fields["whatHappened"]!} hint={write.storyHint} required value={story} maxLength={8000} onChange={setStory} />
          <TextField label={fields["policeReference"]!} optional maxLength={100} value={reference} onChange={(event) => setReference(event.target.value)} />
          {amend.error && <Failure error={amend.error} retry={() => void queries.invalidateQueries({ queryKey: ["report", report.id] })} />}
          <div className="actions">
            <Button look="primary" type="submit" busy={amend.isPending}>{app.save}</Button>
            <Button busy={amend.isPending} onClick={() => amend.mutate({ status: report.status === "open" ? "closed" : "open" })}>{report.status === "open" ? text.close : text.reopen}</Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}

function JudgeAge({ report, etag }: { report: ReportView; etag: string }) {
  const { report: text } = useText();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [finding, setFinding] = useState("");
  const [reason, setReason] = useState("");
  const judge = useMutation({
    mutationFn: () => ok(api().POST("/api/reports/{reportId}/age-judgement", { params: { path: { reportId: report.id }, header: { "If-Match": etag } }, body: { finding: finding as "adult", reason } })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["report", report.id] });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{text.judge}</Button>
      <Dialog open={open} title={text.judge} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); judge.mutate(); }}>
          <Choices legend={text.judge} name="finding" value={finding} onChange={setFinding} options={[["adult", text.judgeAdult], ["minor", text.judgeMinor]]} />
          <ScreenedText label={text.judgeReason} required value={reason} maxLength={2000} onChange={setReason} />
          {judge.error && <Failure error={judge.error} />}
          <Button look="primary" type="submit" disabled={!finding} busy={judge.isPending}>{text.judge}</Button>
        </form>
      </Dialog>
    </>
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
        <div {...scrolling}>
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
