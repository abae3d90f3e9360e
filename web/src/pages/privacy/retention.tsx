/** How long what is kept, from which source, and what would be deleted next. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Answer } from "../../api/client";
import { useText } from "../../i18n";
import { useSession } from "../../session/session";
import { Badge, Button, Notice, Section, Server, scrolling } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { Select, TextField } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";
import { Table } from "../../ui/table";
import { isoOf, periodOf, UNITS, useCategories, usePeriods, useSchedule, type Unit } from "./periods";

const DAY_MS = 86_400_000;

export function Retention() {
  const { privacy: text } = useText();
  const { has } = useSession();
  const [horizon, setHorizon] = useState("30");
  const schedule = useSchedule();
  const progress = useQuery({ queryKey: ["retention", "progress"], queryFn: () => ok(api().GET("/api/retention/progress")) });
  const { inWords, category } = usePeriods();
  const named = useCategories();
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/retention/preview", { body: { at: new Date(Date.now() + Number(horizon) * DAY_MS).toISOString() } })) });
  return (
    <>
      <Section title={text.whatGoes}>
        <form className="filters" onSubmit={(event) => { event.preventDefault(); preview.mutate(); }}>
          <TextField label={text.inDays} type="number" min={0} max={3650} required value={horizon} onChange={(event) => setHorizon(event.target.value)} />
          <Button type="submit" busy={preview.isPending}>{text.count}</Button>
        </form>
        {preview.error && <Failure error={preview.error} />}
        {preview.data && (
          <div {...scrolling} aria-live="polite">
            <table>
              <caption>{text.wouldGo(preview.data.total)}</caption>
              <thead><tr><th scope="col">{text.category}</th><th scope="col" className="number">{text.goes}</th><th scope="col" className="number">{text.held}</th></tr></thead>
              <tbody>{preview.data.counts.map((each) => <tr key={each.category}><td>{named(each.category)}</td><td className="number">{each.count}</td><td className="number">{each.held}</td></tr>)}</tbody>
            </table>
          </div>
        )}
      </Section>
      <Loaded query={progress}>
        {(found) => found.failures.length > 0 ? <Notice tone="bad" title={text.failing(found.failures.length)}><ul>{found.failures.map((each) => <li key={each.id}><Server>{each.kind}: {each.error} ({each.times})</Server></li>)}</ul></Notice> : <Notice tone="good">{text.nothingFails}</Notice>}
      </Loaded>
      <Section title={text.rules}>
        <Loaded query={schedule}>
          {({ value, etag }) => (
            <Table
              caption={text.rulesWhy}
              columns={[text.category, text.period, text.starts, text.source, ""]}
              lines={value.rules.map((rule) => {
                const { says, starts, lang } = category(rule);
                return {
                  id: rule.category,
                  cells: [
                    <span key="says" lang={lang}>{says}</span>, <>{inWords(rule.period, text.nothing)} {rule.shortened && <Badge tone="info">{text.shortened}</Badge>}</>,
                    <span key="starts" lang={lang}>{starts}</span>, <details key="source"><summary>{text.whyThis}</summary><p className="hint"><Server>{rule.source}</Server></p></details>,
                    has("privacy_officer") && <Shorten rule={rule} all={value} etag={etag} />,
                  ],
                };
              })}
            />
          )}
        </Loaded>
      </Section>
    </>
  );
}

function Shorten({ rule, all, etag }: { rule: Answer<"retention_schedule">["rules"][number]; all: Answer<"retention_schedule">; etag: string }) {
  const { privacy: text } = useText();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const { inWords, category } = usePeriods();
  const [{ count, unit }, setPeriod] = useState(() => periodOf(rule.period) ?? { count: 0, unit: "day" as Unit });
  const period = isoOf(Number.isFinite(count) ? count : 0, unit);
  const shortened = { ...Object.fromEntries(all.rules.filter((each) => each.shortened).map((each) => [each.category, each.period])), [rule.category]: period };
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/retention/preview", { body: { shortened } })) });
  const set = useMutation({
    mutationFn: () => ok(api().PUT("/api/retention/schedule", { params: { header: { "If-Match": etag || all.etag } }, body: { shortened } })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["retention"] });
    },
  });
  // What was counted was counted for another period.
  const change = (many: number, of: Unit) => {
    setPeriod({ count: many, unit: of });
    preview.reset();
  };
  const { says } = category(rule);
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`${text.shorten}: ${says}`}>{text.shorten}</Button>
      <Dialog open={open} title={`${text.shorten}: ${says}`} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); preview.mutate(); }}>
          <p className="hint">{text.periodHint(rule.floor ? inWords(rule.floor) : text.nothing, inWords(rule.ceiling))}</p>
          <div className="fields">
            <TextField label={text.period} type="number" required min={0} max={9999} step={1} value={Number.isNaN(count) ? "" : count} onChange={(event) => change(event.target.valueAsNumber, unit)} />
            <Select label={text.unit} value={unit} onChange={(event) => change(count, event.target.value as Unit)} options={(Object.keys(UNITS) as Unit[]).map((each) => [each, text.units[each]!])} />
          </div>
          <Button type="submit" busy={preview.isPending}>{text.count}</Button>
          {(preview.error ?? set.error) && <Failure error={preview.error ?? set.error} />}
          {preview.data && <Notice tone="warn" role="status">{text.wouldGo(preview.data.total)}</Notice>}
          <Button look="danger" disabled={!preview.data} busy={set.isPending} onClick={() => set.mutate()}>{text.set}</Button>
        </form>
      </Dialog>
    </>
  );
}
