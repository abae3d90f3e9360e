/** How long what is kept, from which source, and what would be deleted next. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, withEtag, type Answer } from "../../api/client";
import { useText } from "../../i18n";
import { useSession } from "../../session/session";
import { Badge, Button, Notice, Section, Server, scrolling } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { TextField } from "../../ui/form";
import { Failure, Loaded } from "../../ui/loaded";

const DAY_MS = 86_400_000;

export function Retention() {
  const { privacy: text } = useText();
  const { has } = useSession();
  const [horizon, setHorizon] = useState("30");
  const schedule = useQuery({ queryKey: ["retention", "schedule"], queryFn: () => withEtag(api().GET("/api/retention/schedule")) });
  const progress = useQuery({ queryKey: ["retention", "progress"], queryFn: () => ok(api().GET("/api/retention/progress")) });
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
              <tbody>{preview.data.counts.map((each) => <tr key={each.category}><td><Server>{each.category}</Server></td><td className="number">{each.count}</td><td className="number">{each.held}</td></tr>)}</tbody>
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
            <div {...scrolling}>
              <table>
                <caption>{text.rulesWhy}</caption>
                <thead><tr><th scope="col">{text.category}</th><th scope="col">{text.period}</th><th scope="col">{text.starts}</th><th scope="col">{text.source}</th><td /></tr></thead>
                <tbody>
                  {value.rules.map((rule) => (
                    <tr key={rule.category}>
                      <th scope="row"><Server>{rule.category}</Server><p className="hint"><Server>{rule.says}</Server></p></th>
                      <td><Server>{rule.inWords}</Server> {rule.shortened && <Badge tone="info">{text.shortened}</Badge>}</td>
                      <td><Server>{rule.starts}</Server></td><td className="hint"><Server>{rule.source}</Server></td>
                      <td>{has("privacy_officer") && <Shorten rule={rule} all={value} etag={etag} />}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
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
  const [period, setPeriod] = useState(rule.period);
  const shortened = { ...Object.fromEntries(all.rules.filter((each) => each.shortened).map((each) => [each.category, each.period])), [rule.category]: period };
  const preview = useMutation({ mutationFn: () => ok(api().POST("/api/retention/preview", { body: { shortened } })) });
  const set = useMutation({
    mutationFn: () => ok(api().PUT("/api/retention/schedule", { params: { header: { "If-Match": etag || all.etag } }, body: { shortened } })),
    onSuccess: async () => {
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ["retention"] });
    },
  });
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-label={`${text.shorten}: ${rule.category}`}>{text.shorten}</Button>
      <Dialog open={open} title={`${text.shorten}: ${rule.category}`} onClose={() => setOpen(false)}>
        <form className="stack" onSubmit={(event) => { event.preventDefault(); preview.mutate(); }}>
          <TextField label={text.period} hint={text.periodHint(rule.floor ?? "-", rule.ceiling)} required pattern="P.+" value={period} onChange={(event) => setPeriod(event.target.value)} />
          <Button type="submit" busy={preview.isPending}>{text.count}</Button>
          {(preview.error ?? set.error) && <Failure error={preview.error ?? set.error} />}
          {preview.data && <Notice tone="warn" role="status">{text.wouldGo(preview.data.total)}</Notice>}
          <Button look="danger" disabled={!preview.data} busy={set.isPending} onClick={() => set.mutate()}>{text.set}</Button>
        </form>
      </Dialog>
    </>
  );
}
