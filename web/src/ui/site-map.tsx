/** Sites on a sheet of their own: nothing is fetched from anywhere. Bigger means more; the list beside it says the same. */
import { useMemo } from "react";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { projection, scaleBar, type Point } from "./projection";
import { useWidth } from "./width";

export interface Spot extends Point {
  id: string;
  name: string;
  count: number;
}

const MARGIN = 44;
const SMALL = 6;
const LETTER = 7.2;

/** @param way ids of spots in the order in which they were visited */
export function SiteMap({ spots, way = [] }: { spots: readonly Spot[]; way?: readonly string[] }) {
  const { map: text } = useText();
  const { number } = useFormats();
  const { me } = useSession();
  const [frame, width] = useWidth<HTMLDivElement>(640);
  const height = Math.round(Math.min(480, Math.max(260, width * 0.6)));
  const others = me.sites.filter((site) => !spots.some((spot) => spot.id === site.id));
  const drawn = useMemo(() => projection([...spots, ...near(others, spots)], width, height, MARGIN), [spots, others, width, height]);
  const most = Math.max(1, ...spots.map((spot) => spot.count));
  const radius = (count: number) => SMALL + 12 * Math.sqrt(count / most);
  const at = new Map(spots.map((spot) => [spot.id, drawn.place(spot)]));
  const bar = scaleBar(drawn.pixelsPerKm, width / 4);
  const steps = way.slice(1).map((id, index) => [way[index]!, id] as const).filter(([from, to]) => from !== to && at.has(from) && at.has(to));
  const labelled = labels([...spots].sort((one, two) => two.count - one.count), at, radius, width);
  if (spots.length === 0) return <p className="hint">{text.none}</p>;
  return (
    <div ref={frame} className="site-map">
      <svg width={width} height={height} role="img" aria-label={text.label(spots.map((spot) => text.at(spot.name, spot.count)).join(", "))}>
        <g className="others">{near(others, spots).map((site) => { const [x, y] = drawn.place(site); return <circle key={site.id} cx={x} cy={y} r={3}><title>{site.name}</title></circle>; })}</g>
        <g className="way">{steps.map(([from, to], index) => { const [x1, y1] = at.get(from)!, [x2, y2] = at.get(to)!; return <line key={index} x1={x1} y1={y1} x2={x2} y2={y2} />; })}</g>
        {spots.map((spot) => { const [x, y] = at.get(spot.id)!; return <circle key={spot.id} className="spot" cx={x} cy={y} r={radius(spot.count)}><title>{text.at(spot.name, spot.count)}</title></circle>; })}
        {labelled.map(({ spot, x, y, anchor }) => <text key={spot.id} x={x} y={y} textAnchor={anchor}>{spot.name}</text>)}
        <g className="scale" transform={`translate(12 ${height - 14})`}>
          <path d={`M0 -5 V0 H${bar.length} V-5`} />
          <text x={bar.length + 8} y={2}>{text.scale(number(bar.km))}</text>
        </g>
        <g className="scale" transform={`translate(${width - 20} 30)`}><path d="M0 0 V-18 M-4 -12 L0 -18 L4 -12" /><text y={14} textAnchor="middle">N</text></g>
      </svg>
    </div>
  );
}

/** Other sites give the sheet its shape, unless they are so far that what matters would shrink to a point. */
function near<T extends Point>(others: readonly T[], spots: readonly Spot[]): T[] {
  const within = (pick: (point: Point) => number) => {
    const values = spots.map(pick), low = Math.min(...values), high = Math.max(...values), more = Math.max(0.1, (high - low) / 2);
    return (point: Point) => pick(point) >= low - more && pick(point) <= high + more;
  };
  const northSouth = within((point) => point.latitude), eastWest = within((point) => point.longitude);
  return others.filter((point) => northSouth(point) && eastWest(point));
}

/** Names that do not lie on one another, those of the largest spots first; a name left out stands in the list. */
function labels(spots: readonly Spot[], at: Map<string, readonly [number, number]>, radius: (count: number) => number, width: number) {
  const boxes: [number, number, number, number][] = spots.map((spot) => { const [x, y] = at.get(spot.id)!, r = radius(spot.count); return [x - r, y - r, x + r, y + r]; });
  const free = ([l, t, r, b]: [number, number, number, number]) => l >= 0 && r <= width && boxes.every(([left, top, right, bottom]) => r < left || l > right || b < top || t > bottom);
  return spots.flatMap((spot) => {
    const [x, y] = at.get(spot.id)!, gap = radius(spot.count) + 5, long = spot.name.length * LETTER;
    const ways = [
      { x: x + gap, y: y + 5, anchor: "start" as const, box: [x + gap, y - 8, x + gap + long, y + 8] },
      { x: x - gap, y: y + 5, anchor: "end" as const, box: [x - gap - long, y - 8, x - gap, y + 8] },
      { x, y: y + gap + 11, anchor: "middle" as const, box: [x - long / 2, y + gap, x + long / 2, y + gap + 15] },
      { x, y: y - gap, anchor: "middle" as const, box: [x - long / 2, y - gap - 13, x + long / 2, y - gap] },
    ];
    const way = ways.find(({ box }) => free(box as [number, number, number, number]));
    if (!way) return [];
    boxes.push(way.box as [number, number, number, number]);
    return [{ spot, x: way.x, y: way.y, anchor: way.anchor }];
  });
}
