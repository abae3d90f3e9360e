/** Totals of the past, rounded; where a number would tell too much about few, it is not told and said so. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { Page, Section, Server, scrolling } from "../ui/basics";
import { Select } from "../ui/form";
import { Loaded } from "../ui/loaded";
import { Bars } from "../ui/bars";

type View = Schemas["InsightsView"];
const VIEWS: View["view"][] = ["month_by_type", "region_by_type", "type_by_value", "type_by_hour", "weekday_by_hour", "product_by_quarter"];
const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export default function Insights() {
  const { insights: text, nav } = useText();
  const [view, setView] = useState<View["view"]>("month_by_type");
  const [communityId, setCommunityId] = useState("");
  const communities = useQuery({ queryKey: ["communities"], queryFn: () => ok(api().GET("/api/communities")) });
  const query = useQuery({
    queryKey: ["insights", view, communityId],
    queryFn: () => ok(api().GET("/api/insights", { params: { query: { purpose: "RESEARCH", view, ...(communityId && { communityId }) } } })),
  });
  const joined = communities.data?.communities.filter((each) => each.state === "joined") ?? [];
  return (
    <Page title={nav.insights} lead={text.lead}>
      <div className="filters">
        <Select label={text.view} value={view} onChange={(event) => setView(event.target.value as View["view"])} options={VIEWS.map((each) => [each, text.views[each]!])} />
        <Select label={text.of} value={communityId} onChange={(event) => setCommunityId(event.target.value)} options={[["", text.own], ...joined.map(({ id, name }) => [id, name] as const)]} />
      </div>
      <Loaded query={query}>{(found) => <Table found={found} />}</Loaded>
    </Page>
  );
}

function Table({ found }: { found: View }) {
  const { insights: text, types, app } = useText();
  const { number } = useFormats();
  const rows = found.rows === "weekday" ? WEEKDAYS : [...new Set(found.cells.map((cell) => cell.row))].sort();
  const columns = [...new Set(found.cells.map((cell) => cell.column))].sort();
  const cell = new Map(found.cells.map((each) => [`${each.row}\n${each.column}`, each.count]));
  const most = Math.max(1, ...found.cells.map((each) => each.count ?? 0));
  const named = (value: string) => text.coordinates[value] ?? types[value] ?? value;
  const sums = rows.map((row) => ({ name: named(row), value: columns.reduce((sum, column) => sum + (cell.get(`${row}\n${column}`) ?? 0), 0), partly: columns.some((column) => cell.get(`${row}\n${column}`) === null) }));
  return (
    <>
      <Section title={text.chart}>
        <Bars rows={sums} label={text.chart} untold={text.hidden} />
      </Section>
      <Section title={text.views[found.view]!}>
        <div {...scrolling}>
          <table className="heat">
            <caption>{text.months(found.firstMonth, found.lastMonth)} {found.total === null ? text.totalHidden : text.total(number(found.total))}</caption>
            <thead><tr><td />{columns.map((column) => <th key={column} scope="col" className="number">{named(column)}</th>)}</tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row}>
                  <th scope="row">{named(row)}</th>
                  {columns.map((column) => {
                    const count = cell.get(`${row}\n${column}`);
                    return count === undefined ? <td key={column} className="number">0</td>
                      : count === null ? <td key={column} className="number hidden-cell" title={text.hidden}><span aria-hidden="true">•</span><span className="sr">{text.hidden}</span></td>
                      : <td key={column} className={`number heat-${Math.ceil((4 * count) / most)}`}>{number(count)}</td>;
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="hint"><span aria-hidden="true">• </span>{text.hidden}. <Server>{found.rule}</Server></p>
        {rows.length === 0 && <p className="hint">{app.none}</p>}
      </Section>
    </>
  );
}
