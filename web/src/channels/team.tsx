/** What an organisation's people are told outside the app, unless they choose otherwise; and what they are told anyway. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, withEtag, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useAnnounce } from "../ui/announcer";
import { Button, Section } from "../ui/basics";
import { TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";
import { QuietHours, TeamRules } from "./rules";

export function TeamTelling() {
  const query = useQuery({ queryKey: ["channels", "team"], queryFn: () => withEtag(api().GET("/api/organisation/alert-preferences")), staleTime: 0 });
  return <Loaded query={query}>{({ value }) => <Team key={value.etag} view={value} />}</Loaded>;
}

function Team({ view }: { view: Schemas["TeamPreferencesView"] }) {
  const { channels: text, app } = useText();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [form, setForm] = useState<Schemas["TeamPreferences"]>(view.preferences);
  const refresh = () => queries.invalidateQueries({ queryKey: ["channels"] });
  const save = useMutation({
    mutationFn: () => withEtag(api().PUT("/api/organisation/alert-preferences", { params: { header: { "If-Match": view.etag } }, body: form })),
    onSuccess: async () => {
      announce(app.saved);
      await refresh();
    },
  });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Section title={text.teamRules}>
        <p className="hint">{text.teamRulesWhy}</p>
        <TeamRules rules={form.rules ?? []} set={(rules) => setForm({ ...form, rules })} />
      </Section>
      <Section title={text.times}>
        <QuietHours quiet={form.quietHours} set={(quietHours) => setForm({ ...form, quietHours })} />
        <div className="narrow"><TextField label={text.dailyAt} type="time" required value={form.dailyAt ?? "08:00"} onChange={(event) => setForm({ ...form, dailyAt: event.target.value })} /></div>
      </Section>
      {save.error && <Failure error={save.error} retry={() => void refresh()} />}
      <div><Button look="primary" type="submit" busy={save.isPending}>{app.save}</Button></div>
    </form>
  );
}
