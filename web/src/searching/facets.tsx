/** How what was found is spread; pressing a value narrows the search to it, pressing it again takes that back. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import type { Form } from "./form";

type Counts = Schemas["Facets"]["types"];
const SHOWN = 8;

export function Facets({ facets, form, narrow }: { facets: Schemas["Facets"]; form: Form; narrow: (part: Partial<Form>) => void }) {
  const { seek, types, methods, fields, app, search } = useText();
  const { siteName } = useSession();
  const { number, monthYear } = useFormats();
  const wide = matchMedia("(min-width: 64.01rem)").matches;
  const toggled = (field: "types" | "methods" | "siteIds") => (value: string) => narrow({ [field]: form[field].includes(value) ? form[field].filter((each) => each !== value) : [...form[field], value] });
  const month = (value: string) => narrow(form.since.startsWith(value) ? { since: "", until: "" } : { since: `${value}-01`, until: lastDay(value) });
  const groups: [string, Counts | null, (value: string) => string, (value: string) => boolean, (value: string) => void][] = [
    [fields["type"]!, facets.types, (value) => types[value] ?? value, (value) => form.types.includes(value), toggled("types")],
    [app.site, facets.sites, (value) => siteName(value) || value, (value) => form.siteIds.includes(value), toggled("siteIds")],
    [seek.month, facets.months && [...facets.months].sort((one, two) => two.value.localeCompare(one.value)), (value) => monthYear(`${value}-15`), (value) => form.since === `${value}-01`, month],
    [fields["methods"]!, facets.methods, (value) => methods[value] ?? value, (value) => form.methods.includes(value), toggled("methods")],
    [search.product, facets.products, (value) => value, (value) => form.product === value, (value) => narrow({ product: form.product === value ? "" : value })],
  ];
  return (
    <aside className="facets card" aria-label={seek.facets}>
      <p className="hint">{facets.atLeast ? seek.countedAtLeast(number(facets.counted)) : seek.counted(number(facets.counted))}</p>
      {groups.filter(([, counts]) => counts && counts.length > 0).map(([title, counts, name, on, press]) => (
        <details key={title} open={wide && title !== search.product}>
          <summary>{title}</summary>
          <ul>
            {counts!.slice(0, SHOWN).map(({ value, reports }) => (
              <li key={value}><button type="button" className="facet" aria-pressed={on(value)} onClick={() => press(value)}><span>{name(value)}</span><span className="facet-count">{facets.atLeast ? seek.atLeast(number(reports)) : number(reports)}</span></button></li>
            ))}
          </ul>
        </details>
      ))}
    </aside>
  );
}

function lastDay(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
