/** A table of totals; where a number would tell too much about few, the cell says that it says nothing. */
import type { Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { Section, Server, scrolling } from "../ui/basics";
import { Bars } from "../ui/bars";

export type View = Schemas["InsightsView"];
const ORDER = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "night", "morning", "afternoon", "evening", "none", "under-50", "50-200", "200-1000", "1000-5000"];

const inOrder = (one: string, two: string) => {
  const [first, second] = [ORDER.indexOf(one), ORDER.indexOf(two)];
  return first >= 0 && second >= 0 ? first - second : one.localeCompare(two);
};

export function useValueNames() {
  const { types, insights, patterns } = useText();
  const { siteName } = useSession();
  const { monthYear } = useFormats();
  return (value: string) => types[value] ?? insights.coordinates[value] ?? patterns.values[value] ?? (/^\d{4}-\d{2}$/.test(value) ? monthYear(`${value}-15`) : siteName(value) || value);
}

export function Table({ found, bars = true }: { found: View; bars?: boolean }) {
  const { insights: text, patterns, app } = useText();
  const { number } = useFormats();
  const named = useValueNames();
  const rows = [...new Set(found.cells.map((cell) => cell.row))].sort(inOrder);
  const columns = [...new Set(found.cells.map((cell) => cell.column))].sort(inOrder);
  const cell = new Map(found.cells.map((each) => [`${each.row}\n${each.column}`, each.count]));
  const sums = rows.map((row) => ({ name: named(row), value: columns.reduce((sum, column) => sum + (cell.get(`${row}\n${column}`) ?? 0), 0), partly: columns.some((column) => cell.get(`${row}\n${column}`) === null) }));
  const title = text.views[found.view] ?? patterns.views[found.view]!;
  return (
    <>
      {bars && rows.length > 0 && <Section title={text.chart}>{sums.some(({ value }) => value > 0) ? <Bars rows={sums} label={text.chart} untold={text.hidden} /> : <p>{text.tooFew}</p>}</Section>}
      <Section title={title}>
        <div {...scrolling} aria-label={title}>
          <table className={columns.length > 16 ? "heat dense" : "heat"}>
            <caption>{text.months(named(found.firstMonth), named(found.lastMonth))} {found.total === null ? text.totalHidden : text.total(number(found.total))}</caption>
            <thead><tr><td />{columns.map((column) => <th key={column} scope="col" className="number">{named(column)}</th>)}</tr></thead>
            <tbody>{rows.map((row) => <Row key={row} name={named(row)} counts={columns.map((column) => cell.get(`${row}\n${column}`))} most={Math.max(1, ...found.cells.map((each) => each.count ?? 0))} />)}</tbody>
          </table>
        </div>
        <Rule rule={found.rule} />
        {rows.length === 0 && <p className="hint">{app.none}</p>}
      </Section>
    </>
  );
}

function Row({ name, counts, most }: { name: string; counts: (number | null | undefined)[]; most: number }) {
  return <tr><th scope="row">{name}</th>{counts.map((count, index) => <Cell key={index} count={count} shade={count ? Math.ceil((4 * count) / most) : 0} />)}</tr>;
}

/** `undefined` is nothing, `null` is what is not told. */
export function Cell({ count, shade = 0 }: { count: number | null | undefined; shade?: number }) {
  const { insights: text } = useText();
  const { number } = useFormats();
  if (count === null) return <td className="number hidden-cell" title={text.hidden}><span aria-hidden="true">•</span><span className="sr">{text.hidden}</span></td>;
  return <td className={`number heat-${shade}`}>{number(count ?? 0)}</td>;
}

export function Rule({ rule, caution }: { rule: string; caution?: string }) {
  const { insights: text } = useText();
  return <p className="hint"><span aria-hidden="true">• </span>{text.hidden}. <Server>{rule} {caution}</Server></p>;
}
