/** The last months, weeks and sites beside what is usual for them, with how far that may be chance. */
import { useQuery } from "@tanstack/react-query";
import { scaleLinear } from "d3-scale";
import { useState } from "react";
import { api, ok, type Answer, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { Badge, Section, scrolling } from "../ui/basics";
import { Select } from "../ui/form";
import { Loaded } from "../ui/loaded";
import { useWidth } from "../ui/width";
import { Cell, Rule, useValueNames } from "./table";

type SeasonRow = Schemas["SeasonRow"];
type Unit = Schemas["SeasonsView"]["unit"];

export function Seasons({ communityId }: { communityId: string }) {
  const { patterns: text } = useText();
  const [unit, setUnit] = useState<Unit>("month");
  const query = useQuery({
    queryKey: ["insights", "seasons", unit, communityId],
    queryFn: () => ok(api().GET("/api/insights/seasons", { params: { query: { purpose: "RESEARCH", unit, ...(communityId && { communityId }) } } })) as Promise<Answer<"insights_seasons">>,
  });
  return (
    <>
      <div className="filters"><Select label={text.by} value={unit} onChange={(event) => setUnit(event.target.value as Unit)} options={Object.entries(text.units)} /></div>
      <Loaded query={query}>
        {(found) => (
          <Section title={text.seasons}>
            <p>{text.seasonsWhy}</p>
            <Ranges rows={found.rows} />
            <SeasonTable rows={found.rows} />
            <Rule rule={found.rule} caution={found.caution} />
          </Section>
        )}
      </Loaded>
    </>
  );
}

function SeasonTable({ rows }: { rows: SeasonRow[] }) {
  const { patterns: text } = useText();
  const { number } = useFormats();
  const named = useValueNames();
  return (
    <div {...scrolling} aria-label={text.seasons}>
      <table className="heat">
        <thead><tr><th scope="col">{text.when}</th><th scope="col" className="number">{text.reports}</th><th scope="col" className="number">{text.usual}</th><th scope="col" className="number">{text.range}</th><th scope="col">{text.says}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.of}>
              <th scope="row">{named(row.of)}</th><Cell count={row.count} />
              <td className="number">{row.usual === null ? "–" : number(row.usual)}</td>
              <td className="number">{row.low === null || row.high === null ? "–" : text.fromTo(number(row.low), number(row.high))}</td>
              <td><Says change={row.change} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Grey is what is usual, dots are what was. */
function Ranges({ rows }: { rows: SeasonRow[] }) {
  const { patterns: text } = useText();
  const named = useValueNames();
  const [frame, width] = useWidth<HTMLDivElement>(640);
  const height = 190, left = 34, base = height - 26;
  const most = Math.max(10, ...rows.flatMap((row) => [row.count ?? 0, row.high ?? 0]));
  const down = scaleLinear([0, most], [base, 10]).nice();
  const step = (width - left) / rows.length;
  const labelled = Math.ceil(58 / step);
  return (
    <div ref={frame} className="lanes">
      <svg width={width} height={height} role="img" aria-label={text.rangesLabel}>
        {down.ticks(4).map((tick) => <g key={tick}><line x1={left} x2={width} y1={down(tick)} y2={down(tick)} className="lane" /><text x={left - 6} y={down(tick) + 4} textAnchor="end" className="tick-text">{tick}</text></g>)}
        {rows.map((row, index) => {
          const x = left + step * (index + 0.5);
          return (
            <g key={row.of}>
              {row.low !== null && row.high !== null && <rect className="usual" x={x - step * 0.35} width={step * 0.7} y={down(row.high)} height={Math.max(2, down(row.low) - down(row.high))} rx={3} />}
              {row.count !== null ? <circle cx={x} cy={down(row.count)} r={5} className={row.change} /> : <text x={x} y={base - 6} textAnchor="middle">•</text>}
              {index % labelled === 0 && <text x={x} y={height - 6} textAnchor="middle" className="tick-text">{named(row.of).replace(/^\d{4}-/, "")}</text>}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Says({ change }: { change: SeasonRow["change"] }) {
  const { patterns: text } = useText();
  const tone = change === "more" ? "warn" : change === "fewer" ? "good" : "neutral";
  return <Badge tone={tone}>{text.changes[change]}</Badge>;
}

export function Sites() {
  const { patterns: text } = useText();
  const { number } = useFormats();
  const query = useQuery({ queryKey: ["insights", "sites"], queryFn: () => ok(api().GET("/api/insights/sites", { params: { query: { purpose: "RESEARCH" } } })) as Promise<Answer<"insights_sites">> });
  return (
    <Loaded query={query}>
      {(found) => (
        <Section title={text.sites}>
          <p>{text.sitesWhy}</p>
          <div {...scrolling} aria-label={text.sites}>
            <table className="heat">
              <thead><tr><th scope="col">{text.site}</th><th scope="col" className="number">{found.before}</th><th scope="col" className="number">{found.after}</th><th scope="col" className="number">{text.ratio}</th><th scope="col">{text.says}</th></tr></thead>
              <tbody>
                {found.rows.map((row) => (
                  <tr key={row.siteId}>
                    <th scope="row">{row.site}</th><Cell count={row.before} /><Cell count={row.after} />
                    <td className="number">{row.low === null || row.high === null ? "–" : text.times(number(row.low), number(row.high))}</td>
                    <td><Says change={row.change} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Rule rule={found.rule} caution={found.caution} />
        </Section>
      )}
    </Loaded>
  );
}
