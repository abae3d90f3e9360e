/** A group as a picture: what is linked with what. One stop of the keyboard, arrows within; the list beside it says the same. */
import { useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useWidth } from "../ui/width";
import { layout, shortened, sizes, written, type Placed } from "./layout";
import { useNames, type Edge, type Group, type GroupNode } from "./words";

const COLOURS = 6;
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function Network({ group, chosen, onChoose }: { group: Group; chosen: string | undefined; onChoose: (id: string) => void }) {
  const { groups: text } = useText();
  const [frame, width] = useWidth<HTMLDivElement>(720);
  const { height, radius } = sizes(group.nodes.length, width);
  const labels = useLabels(group);
  const placed = useMemo(() => layout(group.nodes.map(({ id }) => id), group.edges.map(({ ends }) => [ends[0]!, ends[1]!] as const), width, height), [group, width, height]);
  const shown = useMemo(() => {
    const links = (id: string) => group.edges.filter(({ ends }) => ends.includes(id)).length;
    const order = group.nodes.map(({ id }) => [id, links(id)] as const).sort(([, one], [, two]) => two - one).map(([id]) => id);
    const ends = group.edges.find(({ id }) => id === chosen)?.ends ?? (chosen ? [chosen] : []);
    return written(placed, labels, order, ends, radius, width);
  }, [group, labels, placed, chosen, radius, width]);
  const [current, setCurrent] = useState(group.nodes[0]?.id);
  const marks = useRef(new Map<string, SVGGElement>());
  const move = (event: KeyboardEvent, id: string) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      const at = group.nodes.findIndex((node) => node.id === id);
      const next = group.nodes[(at + step + group.nodes.length) % group.nodes.length]!.id;
      setCurrent(next);
      marks.current.get(next)?.focus();
    } else if (event.key === "Enter" || event.key === " ") onChoose(id);
    else return;
    event.preventDefault();
  };
  return (
    <div ref={frame} className="network">
      <svg width={width} height={height} role="group" aria-label={text.networkKeys}>
        <g>{group.edges.map((edge) => <Line key={edge.id} edge={edge} placed={placed} chosen={chosen === edge.id} onChoose={onChoose} />)}</g>
        {group.nodes.map((node) => (
          <Mark
            key={node.id} node={node} at={placed.get(node.id)!} group={group} radius={radius} label={labels.get(node.id)!} written={shown.get(node.id)} chosen={chosen === node.id} stop={current === node.id}
            keep={(element) => { if (element) marks.current.set(node.id, element); }}
            onChoose={() => { setCurrent(node.id); onChoose(node.id); }}
            onKey={(event) => move(event, node.id)}
          />
        ))}
      </svg>
    </div>
  );
}

/** With the pointer a line can be chosen here; with the keyboard in the list, where each link is a button. */
function Line({ edge, placed, chosen, onChoose }: { edge: Edge; placed: Map<string, Placed>; chosen: boolean; onChoose: (id: string) => void }) {
  const one = placed.get(edge.ends[0]!), two = placed.get(edge.ends[1]!);
  if (!one || !two) return null;
  const ends = { x1: one.x, y1: one.y, x2: two.x, y2: two.y };
  return (
    <g className={`edge ${edge.confidence} ${chosen ? "chosen" : ""}`} aria-hidden="true">
      <line {...ends} className="edge-line" />
      <line {...ends} className="edge-hit" onClick={() => onChoose(edge.id)}><title>{edge.reason}</title></line>
    </g>
  );
}

/** Where and when, and of people and vehicles no more than that: what is known of them is read where they are, by those who may. */
function useLabels(group: Group): Map<string, readonly string[]> {
  const { groups: text } = useText();
  const { dayMonth, date } = useFormats();
  const { siteName } = useSession();
  return useMemo(() => {
    const day = group.firstAt?.slice(0, 4) === group.lastAt?.slice(0, 4) ? dayMonth : date;
    const linesOf = ({ kind, siteId, occurredAt }: GroupNode) =>
      kind === "report" ? [shortened(siteName(siteId)), occurredAt ? day(occurredAt) : ""].filter(Boolean) : [kind === "person" ? text.onePerson : text.oneVehicle];
    return new Map(group.nodes.map((node) => [node.id, linesOf(node)]));
  }, [group, text, dayMonth, date, siteName]);
}

function Mark({ node, at, group, radius, label, written, chosen, stop, keep, onChoose, onKey }: {
  node: GroupNode; at: Placed; group: Group; radius: number; label: readonly string[]; written: readonly string[] | undefined; chosen: boolean; stop: boolean;
  keep: (element: SVGGElement | null) => void; onChoose: () => void; onKey: (event: KeyboardEvent) => void;
}) {
  const { groups: text } = useText();
  const { nodeName } = useNames();
  const links = group.edges.filter((edge) => edge.ends.includes(node.id)).length;
  // What is read out begins with what is seen.
  const name = [label.join(" "), nodeName(node), text.links(links), group.communities > 1 && text.part(node.community)].filter(Boolean).join(", ");
  return (
    <g
      ref={keep} role="button" tabIndex={stop ? 0 : -1} aria-label={name} aria-pressed={chosen} transform={`translate(${at.x} ${at.y})`}
      className={`mark ${node.kind} part-${((node.community - 1) % COLOURS) + 1} ${chosen ? "chosen" : ""}`} onClick={onChoose} onKeyDown={onKey}
    >
      <title>{name}</title>
      <g transform={`scale(${radius / 15})`}><Figure kind={node.kind} /></g>
      {written && <text y={radius + 15} textAnchor="middle">{written.map((line, place) => <tspan key={place} x="0" dy={place * 14}>{line} </tspan>)}</text>}
      <path className="hit" d={`M-24 ${-radius} H24 V${radius + 18 + 14 * ((written?.length ?? 1) - 1)} H-24 Z`} />
    </g>
  );
}

/** A round report, a square person, a vehicle on its corner: told apart without their signs and without colour. */
export function Figure({ kind }: { kind: GroupNode["kind"] }) {
  return (
    <>
      {kind === "report" ? <circle r="15" /> : kind === "person" ? <rect x="-15" y="-15" width="30" height="30" rx="5" /> : <path d="M0 -19 L19 0 L0 19 L-19 0 Z" />}
      <Sign kind={kind} />
    </>
  );
}

/** A sheet, a head with shoulders, a car. */
function Sign({ kind }: { kind: GroupNode["kind"] }) {
  const path = {
    report: "M-5 -7 H3 L6 -4 V7 H-5 Z M-2 -2 H3 M-2 1 H3 M-2 4 H1",
    person: "M0 -8 A3.5 3.5 0 1 1 0 -1 A3.5 3.5 0 1 1 0 -8 M-7 8 C-7 0 7 0 7 8",
    vehicle: "M-8 3 V-1 L-5 -2 L-3 -6 H4 L6 -2 L8 -1 V3 Z M-5 3 A2 2 0 1 0 -1 3 M2 3 A2 2 0 1 0 6 3",
  }[kind];
  return <path className="sign" d={path} />;
}
