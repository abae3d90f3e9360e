/** Number plates: what cameras may have seen of the watchlist, the watchlist itself, and searches for a case. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { api, freshKey, ok, type Schemas } from "../api/client";
import { useContent } from "../evidence/content";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Empty, Facts, Notice, Page, Section, Server } from "../ui/basics";
import { Table } from "../ui/table";
import { Dialog } from "../ui/dialog";
import { Checkbox, Choices, TextField } from "../ui/form";
import { Failure, Loaded, Loading, Rest } from "../ui/loaded";
import { ScreenedText } from "../ui/screened";
import { Tabs } from "../ui/tabs";

type Candidate = Schemas["CandidateView"];
type Entry = Schemas["WatchlistEntryView"];
const DAY_MS = 86_400_000;

export default function Plates({ tab }: { tab: string }) {
  const { plates: text, nav } = useText();
  const { has } = useSession();
  const [, navigate] = useLocation();
  const all = [
    { id: "candidates", title: text.candidates, content: () => <Candidates /> },
    { id: "watchlist", title: text.watchlist, content: () => <Watchlist /> },
    { id: "search", title: text.search, content: () => <Search /> },
  ].filter(({ id }) => id === "watchlist" || has("investigator"));
  const selected = all.some(({ id }) => id === tab) ? tab : all[0]!.id;
  return (
    <Page title={nav.plates} lead={text.lead}>
      <Tabs label={nav.plates} tabs={all} selected={selected} onSelect={(id) => navigate(`/plates/${id}`)} />
    </Page>
  );
}

const STATES = ["candidate", "confirmed", "rejected", "expired"] as const;

function Candidates() {
  const { plates: text } = useText();
  const { purpose, siteName } = useSession();
  const { ago } = useFormats();
  const [state, setState] = useState<(typeof STATES)[number]>("candidate");
  const query = useInfiniteQuery({
    queryKey: ["candidates", state, purpose],
    queryFn: ({ pageParam }) => ok(api().GET("/api/plates/candidates", { params: { query: { purpose, state, limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const found = query.data?.pages.flatMap((page) => page.candidates) ?? [];
  return (
    <>
      <div className="switch" role="group" aria-label={text.candidates}>
        {STATES.map((each) => <Button key={each} aria-pressed={state === each} onClick={() => setState(each)}>{text.states[each]}</Button>)}
      </div>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : found.length === 0 ? <Empty title={text.noCandidates}>{text.noCandidatesWhy}</Empty> : (
          <ul className="cards">
            {found.map((each) => (
              <li key={each.id} className="row-card">
                <div className="row-main">
                  <h2><Link href={`/plates/candidates/${each.id}`}><span className="plate">{each.plate}</span></Link></h2>
                  <p className="meta"><span>{siteName(each.siteId)}</span><time dateTime={each.capturedAt}>{ago(each.capturedAt)}</time><Badge tone={tone(each.state)}>{text.states[each.state]}</Badge></p>
                </div>
              </li>
            ))}
          </ul>
        )}
      <Rest query={query} shown={found.length} button />
    </>
  );
}

const tone = (state: Candidate["state"]) => (({ candidate: "warn", confirmed: "bad", rejected: "good", expired: "neutral" }) as const)[state];

export function CandidatePage({ id }: { id: string }) {
  const { purpose } = useSession();
  const query = useQuery({
    queryKey: ["candidate", id, purpose],
    queryFn: () => ok(api().GET("/api/plates/candidates/{candidateId}", { params: { path: { candidateId: id }, query: { purpose } } })),
  });
  return <Loaded query={query}>{(candidate) => <Compare key={candidate.etag} candidate={candidate} />}</Loaded>;
}

function Compare({ candidate }: { candidate: Candidate }) {
  const { plates: text, fields } = useText();
  const { siteName } = useSession();
  const { dateTime, percent } = useFormats();
  const { listed } = candidate;
  return (
    <Page title={text.compare} lead={text.compareWhy}>
      <div className="pair">
        <Section title={text.seen}>
          <Picture candidate={candidate} />
          <p><span className="plate big">{candidate.plate}</span></p>
          <Facts rows={[
            [fields["occurredAt"]!, dateTime(candidate.capturedAt)], [fields["siteId"]!, siteName(candidate.siteId)],
            [fields["make"]!, candidate.make], [fields["colour"]!, candidate.colour], [text.confidence, percent(candidate.confidence)],
          ]} />
          {candidate.doubts.length > 0 && <Notice tone="warn" title={text.doubts}><ul>{candidate.doubts.map((doubt) => <li key={doubt}><Server>{doubt}</Server></li>)}</ul></Notice>}
        </Section>
        <Section title={text.listed}>
          {listed ? (
            <>
              <p><span className="plate big">{listed.plate}</span></p>
              <Facts rows={[[fields["make"]!, listed.make], [fields["colour"]!, listed.colour], [text.reason, listed.reason], [fields["caseReference"]!, listed.caseReference], [text.expires, dateTime(listed.expiresAt)]]} />
            </>
          ) : <p className="hint">{text.entryGone}</p>}
        </Section>
      </div>
      {candidate.state === "candidate" ? <Decide candidate={candidate} /> : (
        <Notice tone="info" title={text.states[candidate.state]}>{candidate.decidedAt && dateTime(candidate.decidedAt)}</Notice>
      )}
    </Page>
  );
}

function Picture({ candidate }: { candidate: Candidate }) {
  const { plates: text } = useText();
  const { purpose } = useSession();
  const content = useContent(`/api/plates/candidates/${candidate.id}/picture?purpose=${purpose}`, candidate.pictureUntil !== null);
  if (candidate.pictureUntil === null) return <p className="hint">{text.noPicture}</p>;
  if (content.error !== undefined) return <Failure error={content.error} />;
  return content.url ? <img className="media" src={content.url} alt={text.seen} /> : <Loading />;
}

function Decide({ candidate }: { candidate: Candidate }) {
  const { plates: text } = useText();
  const { purpose } = useSession();
  const { dateTime } = useFormats();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [, navigate] = useLocation();
  const [compared, setCompared] = useState(false);
  const [note, setNote] = useState("");
  const decide = useMutation({
    mutationFn: (decision: "confirmed" | "rejected") =>
      ok(api().POST("/api/plates/candidates/{candidateId}/decision", {
        params: { path: { candidateId: candidate.id }, query: { purpose }, header: { "If-Match": candidate.etag } },
        body: { decision, comparedPlateAndPicture: true, ...(note && { note }) },
      })),
    onSuccess: async (done) => {
      announce(text.states[done.state]!);
      await queries.invalidateQueries({ queryKey: ["candidates"] });
      navigate("/plates/candidates");
    },
  });
  return (
    <Section title={text.decide}>
      <p className="hint">{text.decideBy(dateTime(candidate.decideBy))}</p>
      <Checkbox label={text.compared} checked={compared} onChange={(event) => setCompared(event.target.checked)} />
      <ScreenedText label={text.note} optional rows={2} maxLength={2000} value={note} onChange={setNote} />
      {decide.error && <Failure error={decide.error} retry={() => void queries.invalidateQueries({ queryKey: ["candidate"] })} />}
      <div className="actions">
        <Button look="primary" disabled={!compared} busy={decide.isPending} onClick={() => decide.mutate("confirmed")}>{text.confirm}</Button>
        <Button disabled={!compared} busy={decide.isPending} onClick={() => decide.mutate("rejected")}>{text.reject}</Button>
      </div>
    </Section>
  );
}

function Watchlist() {
  const { plates: text, fields } = useText();
  const { purpose } = useSession();
  const { date } = useFormats();
  const [adding, setAdding] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ["watchlist", purpose],
    queryFn: ({ pageParam }) => ok(api().GET("/api/watchlists/entries", { params: { query: { purpose, limit: 25, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <div className="actions"><Button look="primary" onClick={() => setAdding(true)}>{text.add}</Button></div>
      <Dialog open={adding} title={text.add} onClose={() => setAdding(false)}><Add done={() => setAdding(false)} /></Dialog>
      {query.isPending ? <Loading /> : query.error && !query.data ? <Failure error={query.error} retry={() => void query.refetch()} />
        : entries.length === 0 ? <Empty title={text.noEntries}>{text.noEntriesWhy}</Empty> : (
          <ul className="cards">
            {entries.map((entry) => (
              <li key={entry.id} className="row-card">
                <div className="row-main">
                  <h2><span className="plate">{entry.plate}</span></h2>
                  <p>{entry.reason}</p>
                  <p className="meta">
                    <span>{[entry.make, entry.colour].filter(Boolean).join(", ")}</span>
                    {entry.caseReference && <span>{fields["caseReference"]} {entry.caseReference}</span>}
                    <span>{text.reviewBy(date(entry.reviewAt))}</span><span>{text.endsOn(date(entry.expiresAt))}</span>
                  </p>
                </div>
                {Date.parse(entry.expiresAt) <= Date.now() ? <Badge>{text.ended}</Badge> : entry.etag && <OfEntry entry={entry} />}
              </li>
            ))}
          </ul>
        )}
      <Rest query={query} shown={entries.length} button />
    </>
  );
}

function OfEntry({ entry }: { entry: Entry }) {
  const { plates: text } = useText();
  const queries = useQueryClient();
  const params = { path: { entryId: entry.id }, header: { "If-Match": entry.etag! } };
  const refresh = () => queries.invalidateQueries({ queryKey: ["watchlist"] });
  const review = useMutation({
    mutationFn: () => {
      const next = Math.min(Date.now() + 30 * DAY_MS, Date.parse(entry.expiresAt));
      return ok(api().POST("/api/watchlists/entries/{entryId}/review", { params, body: { stillNeeded: true, reviewAt: new Date(next).toISOString() } }));
    },
    onSuccess: refresh,
  });
  const withdraw = useMutation({ mutationFn: () => ok(api().DELETE("/api/watchlists/entries/{entryId}", { params })), onSuccess: refresh });
  return (
    <div className="actions">
      {(review.error ?? withdraw.error) && <Failure error={review.error ?? withdraw.error} retry={() => void refresh()} />}
      <Button busy={review.isPending} onClick={() => review.mutate()} aria-label={`${text.needed}: ${entry.plate}`}>{text.needed}</Button>
      <Button look="danger" busy={withdraw.isPending} onClick={() => withdraw.mutate()} aria-label={`${text.withdraw}: ${entry.plate}`}>{text.withdraw}</Button>
    </div>
  );
}

function Add({ done }: { done: () => void }) {
  const { plates: text, fields } = useText();
  const queries = useQueryClient();
  const [form, setForm] = useState({ plate: "", reason: "", caseReference: "", make: "", colour: "", days: "30" });
  const set = (name: keyof typeof form) => (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value });
  const add = useMutation({
    mutationFn: () => {
      const { days, plate, reason, ...rest } = form;
      const optional = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
      const expiresAt = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
      return ok(api().POST("/api/watchlists/entries", { params: { header: { "Idempotency-Key": freshKey() } }, body: { plate, reason, expiresAt, ...optional } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["watchlist"] });
      done();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); add.mutate(); }}>
      <TextField label={fields["plate"]!} required maxLength={16} value={form.plate} onChange={set("plate")} />
      <ScreenedText label={text.reason} required rows={3} maxLength={2000} value={form.reason} onChange={(reason) => setForm({ ...form, reason })} />
      <TextField label={fields["caseReference"]!} hint={text.caseHint} required maxLength={100} value={form.caseReference} onChange={set("caseReference")} />
      <TextField label={fields["make"]!} optional maxLength={100} value={form.make} onChange={set("make")} />
      <TextField label={fields["colour"]!} optional maxLength={100} value={form.colour} onChange={set("colour")} />
      <TextField label={text.days} type="number" required min={1} max={365} value={form.days} onChange={set("days")} />
      {add.error && <Failure error={add.error} />}
      <Button look="primary" type="submit" busy={add.isPending}>{text.add}</Button>
    </form>
  );
}

function Search() {
  const { plates: text, fields, nav } = useText();
  const { purpose, siteName } = useSession();
  const { dateTime } = useFormats();
  const [form, setForm] = useState({ plate: "", caseReference: "", like: "no" });
  const search = useMutation({
    mutationFn: () => ok(api().POST("/api/plates/searches", { params: { query: { purpose } }, body: { plate: form.plate, caseReference: form.caseReference, like: form.like === "yes" } })),
  });
  return (
    <>
      <form className="stack narrow" onSubmit={(event) => { event.preventDefault(); search.mutate(); }}>
        <Notice tone="info">{text.searchWhy}</Notice>
        <TextField label={fields["plate"]!} required maxLength={16} value={form.plate} onChange={(event) => setForm({ ...form, plate: event.target.value })} />
        <TextField label={fields["caseReference"]!} hint={text.caseHint} required maxLength={100} value={form.caseReference} onChange={(event) => setForm({ ...form, caseReference: event.target.value })} />
        <Choices legend={text.how} name="like" value={form.like} onChange={(like) => setForm({ ...form, like })} options={[["no", text.exactly], ["yes", text.alike]]} />
        {search.error && <Failure error={search.error} />}
        <Button look="primary" type="submit" busy={search.isPending}>{nav.search}</Button>
      </form>
      {search.data && (
        <div role="status">
          {search.data.sightings.length === 0 ? <Empty title={text.notSeen} /> : (
            <Table
              caption={text.sightings(search.data.sightings.length)}
              columns={[fields["occurredAt"]!, fields["siteId"]!, fields["plate"]!, text.kind]}
              lines={search.data.sightings.map((each) => ({
                id: each.id,
                cells: [
                  dateTime(each.at), siteName(each.siteId), each.plate && <span className="plate">{each.plate}</span>,
                  <>{each.kind === "report" ? <Link href={`/reports/${each.id}`}>{text.kinds[each.kind]}</Link> : text.kinds[each.kind]}{!each.exact && <> <Badge>{text.alike}</Badge></>}</>,
                ],
              }))}
            />
          )}
        </div>
      )}
    </>
  );
}

