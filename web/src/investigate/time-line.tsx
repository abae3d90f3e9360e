/** When and where a group was: a lane for each site, and the same as a list with the days between. */
import { scaleTime } from "d3-scale";
import { Link } from "wouter";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useWidth } from "../ui/width";
import { addressOf, useNames, type GroupNode } from "./words";

const LANE = 30;
const TOP = 26;
const DAY = 86_400_000;

export function TimeLine({ reports }: { reports: readonly GroupNode[] }) {
  const { groups: text } = useText();
  const { nodeName } = useNames();
  const { money } = useFormats();
  const events = reports.filter((node) => node.occurredAt && node.siteId);
  const days = (index: number) => Math.round((Date.parse(events[index]!.occurredAt!) - Date.parse(events[index - 1]!.occurredAt!)) / DAY);
  return (
    <>
      <Lanes events={events} />
      <details>
        <summary>{text.list}</summary>
        <ol className="timeline">
          {events.map((node, index) => (
            <li key={node.id}>
              <Link href={addressOf(node)}>{nodeName(node)}</Link>
              <span className="meta">{index > 0 && <span>{text.later(days(index))}</span>}{node.loss && <span>{money(node.loss)}</span>}</span>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

function Lanes({ events }: { events: readonly GroupNode[] }) {
  const { groups: text } = useText();
  const { siteName } = useSession();
  const { nodeName } = useNames();
  const { monthYear } = useFormats();
  const [frame, width] = useWidth<HTMLDivElement>(640);
  const sites = [...new Set(events.map((node) => node.siteId!))];
  const longest = Math.max(...sites.map((site) => siteName(site).length), 4);
  const left = Math.min(width * 0.4, longest * 7.5 + 16);
  const moments = events.map((node) => Date.parse(node.occurredAt!));
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const across = scaleTime([first - DAY, last + DAY], [left, width - 14]);
  const height = TOP + sites.length * LANE + 6;
  const ticks = across.ticks(Math.max(2, Math.floor((width - left) / 110)));
  const points = events.map((node) => [across(Date.parse(node.occurredAt!)), TOP + sites.indexOf(node.siteId!) * LANE + LANE / 2] as const);
  return (
    <div ref={frame} className="lanes">
      <svg width={width} height={height} role="img" aria-label={text.timeLabel(events.length, sites.length)}>
        {ticks.map((tick) => <g key={+tick} transform={`translate(${across(tick)} 0)`}><line y1={TOP - 6} y2={height} className="tick" /><text y={14} textAnchor="middle" className="tick-text">{monthYear(+tick)}</text></g>)}
        {sites.map((site, index) => <g key={site}><text x={0} y={TOP + index * LANE + LANE / 2 + 5}>{siteName(site)}</text><line x1={left} x2={width} y1={TOP + index * LANE + LANE / 2} y2={TOP + index * LANE + LANE / 2} className="lane" /></g>)}
        <polyline className="way" points={points.map(([x, y]) => `${x},${y}`).join(" ")} />
        {events.map((node, index) => <circle key={node.id} cx={points[index]![0]} cy={points[index]![1]} r={6}><title>{nodeName(node)}</title></circle>)}
      </svg>
    </div>
  );
}
