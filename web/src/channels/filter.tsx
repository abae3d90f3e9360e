/** Which warnings are told: those that fit every condition; nothing chosen means no condition. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Checkbox, Select, Several, TextField } from "../ui/form";

export type Filter = Schemas["Filter"];

/** Of webhooks: what stays within the app, or is one person's, is never told outside. */
const CAUSES = ["report", "plate_candidate", "plate_confirmed", "camera_silent", "police_notice", "police_receipt", "police_reference"];

const CURRENCIES = Intl.supportedValuesOf("currency");
/** How many of the smallest unit make one: 100 pence, 1 yen. */
const minor = (currency: string) => 10 ** (new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2);

const REGION = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;
const listed = (typed: string) => typed.toUpperCase().split(/[\s,]+/).filter((each) => REGION.test(each));

export function FilterFields({ filter, set }: { filter: Filter; set: (filter: Filter) => void }) {
  const { channels: text, types } = useText();
  const { me } = useSession();
  const put = (part: object) => set({ ...filter, ...part } as Filter);
  const loss = filter.minimumLoss;
  return (
    <details className="conditions">
      <summary>{text.conditions}</summary>
      <div className="stack">
        <p className="hint">{text.conditionsHint}</p>
        <Several legend={text.cause} options={CAUSES.map((each) => [each, text.causes[each]!])} value={filter.causes ?? []} onChange={(causes) => put({ causes })} />
        <Several legend={text.relation} options={Object.entries(text.relations)} value={filter.relations ?? []} onChange={(relations) => put({ relations })} />
        <Several legend={text.reportTypes} options={Object.entries(types)} value={filter.reportTypes ?? []} onChange={(reportTypes) => put({ reportTypes })} />
        {me.sites.length > 0 && <Several legend={text.sites} options={me.sites.map(({ id, name }) => [id, name] as const)} value={(filter.siteIds ?? []) as string[]} onChange={(siteIds) => put({ siteIds })} />}
        <Several legend={text.watchlist} options={Object.entries(text.watchlists)} value={filter.watchlists ?? []} onChange={(watchlists) => put({ watchlists })} />
        <div className="line">
          <TextField label={text.minimumLoss} hint={text.minimumLossHint} type="number" min={0} step="any" value={loss ? loss.amountMinor / minor(loss.currency) : ""} optional
            onChange={(event) => put({ minimumLoss: event.target.value === "" ? null : { amountMinor: Math.round(Number(event.target.value) * minor(loss?.currency ?? "GBP")), currency: loss?.currency ?? "GBP" } })} />
          {loss && <Select label={text.currency} value={loss.currency} options={CURRENCIES.map((each) => [each, each])} onChange={(event) => put({ minimumLoss: { amountMinor: Math.round((loss.amountMinor / minor(loss.currency)) * minor(event.target.value)), currency: event.target.value } })} />}
          <TextField label={text.regions} hint="GB-ENG, US-CA, NZ" optional defaultValue={(filter.regions ?? []).join(", ")} onBlur={(event) => put({ regions: listed(event.target.value) })} />
        </div>
        <Checkbox label={text.urgentOnly} checked={filter.urgentOnly ?? false} onChange={(event) => put({ urgentOnly: event.target.checked })} />
      </div>
    </details>
  );
}

/** The conditions in a line of words. */
export function useToldOf() {
  const { channels: text, types } = useText();
  const { siteName } = useSession();
  const { money } = useFormats();
  return (filter: Filter = {}): string => {
    const said = [
      (filter.causes ?? []).map((each) => text.causes[each]).join(", "),
      (filter.reportTypes ?? []).map((each) => types[each]).join(", "),
      (filter.relations ?? []).map((each) => text.relations[each]).join(", "),
      (filter.siteIds ?? []).map((each) => siteName(each as string) || text.otherSite).join(", "),
      (filter.regions ?? []).join(", "),
      (filter.watchlists ?? []).map((each) => text.watchlists[each]).join(", "),
      filter.minimumLoss ? text.lossFrom(money(filter.minimumLoss)) : "",
      filter.urgentOnly ? text.urgentOnly : "",
    ].filter(Boolean);
    return said.length > 0 ? said.join("; ") : text.everything;
  };
}
