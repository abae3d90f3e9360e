/** Where the records of a group are drawn: what is linked stands near. The same group always looks the same. */
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";

export interface Placed extends SimulationNodeDatum {
  id: string;
  x: number;
  y: number;
}

const ROUNDS = 300;
const MARGIN = 34;
const LABEL = 18;

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
