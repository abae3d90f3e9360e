/** Where the records of a group are drawn: what is linked stands near. The same group always looks the same. */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";

export interface Placed extends SimulationNodeDatum {
  id: string;
  x: number;
  y: number;
}

const ROUNDS = 300;
const MARGIN = 40;
const LABEL = 34;
/** About the width of one letter of a label, and the height of a line, in pixels. */
const LETTER = 7, LINE = 14;
const LETTERS = 18;
/** What one record needs, in square pixels, for most to be named. */
const AREA = 7500;

export function layout(ids: readonly string[], links: readonly (readonly [string, string])[], width: number, height: number): Map<string, Placed> {
  const nodes: Placed[] = ids.map((id) => ({ id }) as Placed);
  const apart = Math.max(20, Math.sqrt((width * height) / Math.max(1, ids.length)) / 2);
  const simulation = forceSimulation(nodes)
    .force("links", forceLink<Placed, { source: string; target: string }>(links.map(([source, target]) => ({ source, target }))).id((node) => node.id).distance(apart))
    .force("apart", forceManyBody<Placed>().strength(-6 * apart))
    .force("size", forceCollide<Placed>(Math.min(30, apart)))
    .force("x", forceX<Placed>(0).strength((0.08 * height) / width))
    .force("y", forceY<Placed>(0).strength((0.08 * width) / height))
    .stop();
  simulation.tick(ROUNDS);
  const fit = (values: number[], size: number, more: number) => {
    const low = Math.min(...values), range = Math.max(...values) - low;
    return (value: number) => (range < 1 ? size / 2 : MARGIN + ((value - low) / range) * (size - 2 * MARGIN - more));
  };
  const across = fit(nodes.map(({ x }) => x), width, 0), down = fit(nodes.map(({ y }) => y), height, LABEL);
  for (const node of nodes) [node.x, node.y] = [across(node.x), down(node.y)];
  return new Map(nodes.map((node) => [node.id, node]));
}

/** How large the picture and its marks are for so many records: room grows with them, up to what a screen shows. */
export function sizes(count: number, width: number): { height: number; radius: number } {
  const usual = Math.min(560, Math.max(300, width * 0.62));
  return { height: Math.round(Math.min(900, Math.max(usual, (count * AREA) / width))), radius: count > 120 ? 8 : count > 40 ? 11 : 15 };
}

/** A label that fits beneath a mark. */
export const shortened = (text: string): string => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1).trimEnd()}…` : text);

/**
 * What is written under which mark: the lines of `first` always, then whatever covers no other label and no mark, in the order
 * given. Where two lines have no room the last one, the day, may have.
 */
export function written(placed: Map<string, Placed>, lines: Map<string, readonly string[]>, order: readonly string[], first: readonly string[], radius: number, width: number): Map<string, readonly string[]> {
  const marks = [...placed.values()].map(({ id, x, y }) => ({ id, left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  const taken: typeof marks = [];
  const said = new Map<string, readonly string[]>();
  for (const id of [...first, ...order]) {
    const at = placed.get(id), all = lines.get(id);
    if (!at || !all || said.has(id)) continue;
    for (const some of first.includes(id) ? [all] : [all, all.slice(-1)]) {
      const half = (Math.max(...some.map(({ length }) => length)) * LETTER) / 2;
      const box = { id, left: at.x - half, right: at.x + half, top: at.y + radius + 3, bottom: at.y + radius + 4 + LINE * some.length };
      const inside = box.left >= 0 && box.right <= width;
      const free = inside && [...taken, ...marks].every((each) => each.id === id || each.left > box.right || each.right < box.left || each.top > box.bottom || each.bottom < box.top);
      if (!free && !first.includes(id)) continue;
      said.set(id, some);
      taken.push(box);
      break;
    }
  }
  return said;
}
