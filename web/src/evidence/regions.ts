/** Regions of a picture, in shares of its width and height: what may be done with them. */
import type { Schemas } from "../api/client";

export type Region = Schemas["Region"];
export interface Point {
  x: number;
  y: number;
}

export interface Place extends Point {
  width: number;
  height: number;
}

export const SMALLEST = 0.01;
const STEP = 0.01;

const within = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
/** No more digits than a picture has pixels. */
const round = (value: number) => Math.round(value * 1e5) / 1e5;

export function moved<P extends Place>(region: P, dx: number, dy: number): P {
  return { ...region, x: round(within(region.x + dx, 0, 1 - region.width)), y: round(within(region.y + dy, 0, 1 - region.height)) };
}

export function resized<P extends Place>(region: P, dx: number, dy: number): P {
  return {
    ...region,
    width: round(within(region.width + dx, SMALLEST, 1 - region.x)),
    height: round(within(region.height + dy, SMALLEST, 1 - region.y)),
  };
}

/** The region between two corners, whichever they are; nothing where the pointer hardly moved. */
export function between(one: Point, other: Point): Region | undefined {
  const [left, right] = [one.x, other.x].map((x) => within(x, 0, 1)).sort((a, b) => a - b) as [number, number];
  const [top, bottom] = [one.y, other.y].map((y) => within(y, 0, 1)).sort((a, b) => a - b) as [number, number];
  if (right - left < SMALLEST || bottom - top < SMALLEST) return undefined;
  return { x: round(left), y: round(top), width: round(right - left), height: round(bottom - top), what: "other", origin: "drawn", obscured: true };
}

/** What a key does to a region; undefined: nothing of ours. */
export function afterKey(region: Region, key: string, shift: boolean): Region | "removed" | undefined {
  const [dx, dy] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[key] ?? [];
  if (dx !== undefined && dy !== undefined) return shift ? resized(region, dx, dy) : moved(region, dx, dy);
  if (key === " " || key === "Enter") return { ...region, obscured: !region.obscured };
  // What a detector suggested stays on record: it is left visible, not forgotten.
  if (key === "Delete" || key === "Backspace") return region.origin === "drawn" ? "removed" : { ...region, obscured: false };
  return undefined;
}

export const undecided = (regions: readonly Region[]): number => regions.filter((region) => region.obscured == null).length;
