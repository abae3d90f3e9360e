/** Regions of a video through time: where one is at a moment, and what may be done with it. Seconds, and shares of the picture. */
import type { Schemas } from "../api/client";
import { moved, resized, type Place } from "./regions";

export type Track = Schemas["Track"];
/** Whether a change holds for this moment only, bending the way to it, or all along. */
export type Reach = "moment" | "all";

/** What is shorter cannot be seen, nor grasped on a time line. */
export const SHORTEST = 0.1;
/** How near its neighbours in time a moved point takes their place: a detector's five a second would pull it back. */
const BEND = 0.5;
const STEP = 0.01;

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
export const begins = (track: Track): number => track.points[0]!.at;
export const ends = (track: Track): number => track.points.at(-1)!.at;
export const undecided = (tracks: readonly Track[]): number => tracks.filter((track) => track.obscured == null).length;

/** In a straight line between two points; undefined before the first and after the last. */
export function placeAt({ points }: Track, at: number): Place | undefined {
  const index = points.findIndex((point) => point.at >= at);
  if (index < 0 || at < points[0]!.at) return undefined;
  const later = points[index]!;
  const earlier = points[index - 1] ?? later;
  const share = later.at > earlier.at ? (at - earlier.at) / (later.at - earlier.at) : 0;
  const between = (name: keyof Place) => Math.round((earlier[name] + (later[name] - earlier[name]) * share) * 1e7) / 1e7;
  return { x: between("x"), y: between("y"), width: between("width"), height: between("height") };
}

/** From this moment to the end: rather too long than too short. */
export function drawn({ x, y, width, height }: Place, at: number, seconds: number): Track {
  const begin = round(Math.max(0, Math.min(at, seconds - SHORTEST)));
  const place = { x, y, width, height };
  return { points: [{ at: begin, ...place }, { at: round(seconds), ...place }], what: "other", origin: "drawn", obscured: true };
}

/** The track after its place at this moment was changed. */
export function changed(track: Track, at: number, reach: Reach, change: (place: Place) => Place): Track {
  if (reach === "all") return { ...track, points: track.points.map((point) => ({ ...change(point), at: point.at })) };
  const moment = round(Math.min(ends(track), Math.max(begins(track), at)));
  const place = placeAt(track, moment);
  if (!place) return track;
  const last = track.points.length - 1;
  const kept = track.points.filter((point, index) =>
    index === 0 || index === last ? Math.abs(point.at - moment) >= SHORTEST : Math.abs(point.at - moment) > BEND);
  const near = [track.points[0]!, track.points[last]!].find((point) => Math.abs(point.at - moment) < SHORTEST);
  const points = [...kept, { ...change(place), at: near?.at ?? moment }].sort((one, other) => one.at - other.at);
  return points.length < 2 ? track : { ...track, points };
}

/** It is there from this moment on: what was before is cut off, what was missing stands still. */
export function starting(track: Track, at: number): Track {
  const begin = round(Math.max(0, Math.min(at, ends(track) - SHORTEST)));
  const place = placeAt(track, begin) ?? placeOf(track.points[0]!);
  return { ...track, points: [{ ...place, at: begin }, ...track.points.filter((point) => point.at > begin)] };
}

/** It is there until this moment. */
export function ending(track: Track, at: number): Track {
  const end = round(Math.max(at, begins(track) + SHORTEST));
  const place = placeAt(track, end) ?? placeOf(track.points.at(-1)!);
  return { ...track, points: [...track.points.filter((point) => point.at < end), { ...place, at: end }] };
}

const placeOf = ({ x, y, width, height }: Place): Place => ({ x, y, width, height });

/** What a key does to a track at a moment; undefined: nothing of ours. */
export function afterKey(track: Track, key: string, shift: boolean, at: number, reach: Reach): Track | "removed" | undefined {
  const [dx, dy] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[key] ?? [];
  if (dx !== undefined && dy !== undefined)
    return changed(track, at, reach, (place) => (shift ? resized(place, dx, dy) : moved(place, dx, dy)));
  if (key === " " || key === "Enter") return { ...track, obscured: !track.obscured };
  if (key === "[") return starting(track, at);
  if (key === "]") return ending(track, at);
  // What a detector suggested stays on record: it is left visible, not forgotten.
  if (key === "Delete" || key === "Backspace") return track.origin === "drawn" ? "removed" : { ...track, obscured: false };
  return undefined;
}

/** `1:07.4`: what a person can find again on a player. */
export function clock(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  return `${Math.floor(tenths / 600)}:${String(((tenths % 600) / 10).toFixed(1)).padStart(4, "0")}`;
}

export interface Unclear { index: number; at: number; why: Schemas["Unclear"]["why"] }

/** Where it is not sure that a suggestion is right, in the order of the video. What is left visible needs no look. */
export function unclear(tracks: readonly Track[]): Unclear[] {
  return tracks
    .flatMap((track, index) => (track.obscured === false ? [] : (track.unclear ?? []).map(({ begin, why }) => ({ index, at: begin, why }))))
    .sort((one, other) => one.at - other.at);
}

/** The next one after a moment; from the end it goes on at the beginning. */
export const nextUnclear = (all: readonly Unclear[], at: number): Unclear | undefined => all.find((each) => each.at > at + SHORTEST / 2) ?? all[0];

/** How much of the video has been played, as a share; a player remembers what it has shown. */
export function watched(played: Pick<TimeRanges, "length" | "start" | "end">, seconds: number): number {
  let sum = 0;
  for (let index = 0; index < played.length; index++) sum += played.end(index) - played.start(index);
  return seconds > 0 ? Math.min(1, sum / seconds) : 0;
}
