/** How a person is told outside the app: where, of what, and when. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, withEtag, type Schemas } from "../api/client";
import { MailAddress } from "../channels/mail";
import { Browsers } from "../channels/push";
import { OwnRules, QuietHours, RuleList } from "../channels/rules";
import { useText } from "../i18n";
import { useAnnounce } from "../ui/announcer";
import { Button, Page, Section } from "../ui/basics";
import { Choices, TextField } from "../ui/form";
import { Failure, Loaded } from "../ui/loaded";

type Own = Schemas["OwnPreferences"];
type Quietness = "theirs" | "mine" | "never";

export default function Telling() {
  const { channels: text } = useText();
  const query = useQuery({ queryKey: ["channels", "own"], queryFn: () => withEtag(api().GET("/api/me/alert-preferences")), staleTime: 0 });
  return (
    <Page title={text.title} lead={text.lead}>
      <MailAddress />
      <Browsers />
      <Loaded query={query}>{({ value }) => <Preferences key={value.etag} view={value} />}</Loaded>
    </Page>
  );
}

function Preferences({ view }: { view: Schemas["OwnPreferencesView"] }) {
  const { channels: text, app } = useText();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [form, setForm] = useState<Own>(view.preferences);
  const theirs = view.organisation;
  const refresh = () => queries.invalidateQueries({ queryKey: ["channels", "own"] });
  const save = useMutation({
    mutationFn: () => withEtag(api().PUT("/api/me/alert-preferences", { params: { header: { "If-Match": view.etag } }, body: form })),
    onSuccess: async () => {
      announce(app.saved);
      await refresh();
    },
  });
  const quietness: Quietness = form.neverQuiet ? "never" : form.quietHours ? "mine" : "theirs";
  const teamQuiet = theirs.quietHours ? text.between(theirs.quietHours.begins, theirs.quietHours.ends) : text.noQuiet;
  const byQuietness: Record<Quietness, Partial<Own>> = {
    theirs: { neverQuiet: false, quietHours: null },
    mine: { neverQuiet: false, quietHours: { begins: "22:00", ends: "06:30", urgentAnyway: true } },
    never: { neverQuiet: true, quietHours: null },
  };
  const mandatory = (theirs.rules ?? []).filter((rule) => rule.mandatory);
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Section title={text.rules}>
        <p className="hint">{text.rulesWhy}</p>
        <Choices
          legend={text.whose}
          name="whose"
          options={[["theirs", text.theirRules], ["mine", text.myRules]]}
          value={form.rules == null ? "theirs" : "mine"}
          onChange={(value) => setForm({ ...form, rules: value === "theirs" ? null : (view.preferences.rules ?? []) })}
        />
        {form.rules == null ? <RuleList rules={theirs.rules ?? []} /> : (
          <>
            <OwnRules rules={form.rules} set={(rules) => setForm({ ...form, rules })} />
            {mandatory.length > 0 && <><h3>{text.mandatoryToo}</h3><RuleList rules={mandatory} /></>}
          </>
        )}
      </Section>
      <Section title={text.times}>
        <Choices
          legend={text.quietWhose}
          name="quietness"
          options={[["theirs", text.theirQuiet(teamQuiet)], ["mine", text.myQuiet], ["never", text.never]]}
          value={quietness}
          onChange={(value) => setForm({ ...form, ...byQuietness[value as Quietness] })}
        />
        {quietness === "mine" && <QuietHours quiet={form.quietHours} set={(quietHours) => setForm({ ...form, quietHours })} />}
        <div className="narrow">
          <TextField label={text.dailyAt} hint={text.dailyAtHint(theirs.dailyAt ?? "08:00")} type="time" optional value={form.dailyAt ?? ""} onChange={(event) => setForm({ ...form, dailyAt: event.target.value || null })} />
          <TextField label={text.timeZone} hint={text.timeZoneHint(Intl.DateTimeFormat().resolvedOptions().timeZone)} optional maxLength={64} value={form.timeZone ?? ""} onChange={(event) => setForm({ ...form, timeZone: event.target.value.trim() || null })} />
        </div>
      </Section>
      {save.error && <Failure error={save.error} retry={() => void refresh()} />}
      <div><Button look="primary" type="submit" busy={save.isPending}>{app.save}</Button></div>
    </form>
  );
}
