import { expect, test } from "vitest";
import { afterKey, begins, changed, clock, drawn, ending, ends, nextUnclear, placeAt, starting, unclear, watched, type Track } from "./tracks";

const box = { x: 0.1, y: 0.2, width: 0.2, height: 0.2 };
const walks: Track = { points: [{ at: 1, ...box }, { at: 3, ...box, x: 0.5 }], origin: "suggested", obscured: null, what: "face" };
const dense: Track = { ...walks, points: Array.from({ length: 21 }, (_, index) => ({ at: index / 5, ...box, x: 0.1 + index / 100 })) };
const right = (place: typeof box) => ({ ...place, x: place.x + 0.3 });

test("between two points it moves in a straight line, and is nowhere else", () => {
  expect(placeAt(walks, 2)!.x).toBeCloseTo(0.3);
  expect([placeAt(walks, 1)!.x, placeAt(walks, 3)!.x]).toEqual([0.1, 0.5]);
  expect([placeAt(walks, 0.99), placeAt(walks, 3.01)]).toEqual([undefined, undefined]);
});

test("what is drawn lasts to the end, also in the last picture", () => {
  expect(drawn(box, 1.23456, 8).points.map(({ at }) => at)).toEqual([1.235, 8]);
  expect(drawn(box, 8, 8).points.map(({ at }) => at)).toEqual([7.9, 8]);
});

test("a change of one moment bends the way to it and leaves what is far", () => {
  const bent = changed(dense, 2, "moment", right);
  expect(placeAt(bent, 2)!.x).toBeCloseTo(placeAt(dense, 2)!.x + 0.3);
  expect(placeAt(bent, 1)).toEqual(placeAt(dense, 1));
  expect(bent.points.filter(({ at }) => Math.abs(at - 2) < 0.5)).toHaveLength(1);
  expect([begins(bent), ends(bent)]).toEqual([0, 4]);
});

test("a change at an end moves that end and no more", () => {
  expect(changed(walks, 1, "moment", right).points.map(({ at, x }) => [at, x])).toEqual([[1, 0.4], [3, 0.5]]);
  expect(changed(walks, 2.96, "moment", right).points.map(({ at }) => at)).toEqual([1, 3]);
});

test("a change all along keeps the shape of the way", () => {
  expect(changed(walks, 1, "all", right).points.map(({ x }) => x)).toEqual([0.4, 0.8]);
});

test("beginning and end are cut, held longer, and never cross", () => {
  expect(starting(walks, 2).points).toMatchObject([{ at: 2, x: 0.3 }, { at: 3, x: 0.5 }]);
  expect(starting(walks, 0).points.map(({ at, x }) => [at, x])).toEqual([[0, 0.1], [1, 0.1], [3, 0.5]]);
  expect(ending(walks, 5).points.map(({ at, x }) => [at, x])).toEqual([[1, 0.1], [3, 0.5], [5, 0.5]]);
  expect(begins(starting(walks, 9))).toBe(2.9);
  expect(ends(ending(walks, 0))).toBe(1.1);
});

test("whatever is done, times go forward", () => {
  let track = dense;
  for (const at of [0, 0.05, 1.9, 2, 2.04, 3.99, 4]) track = changed(starting(ending(changed(track, at, "moment", right), at + 1), at / 2), at, "moment", right);
  expect(track.points.every((point, index) => index === 0 || point.at > track.points[index - 1]!.at)).toBe(true);
});

test("keys move, size, switch, cut and remove; a suggestion is never forgotten", () => {
  expect(placeAt(afterKey(walks, "ArrowRight", false, 1, "moment") as Track, 1)!.x).toBeCloseTo(0.11);
  expect(placeAt(afterKey(walks, "ArrowDown", true, 1, "moment") as Track, 1)!.height).toBeCloseTo(0.21);
  expect(afterKey(walks, " ", false, 1, "moment")).toMatchObject({ obscured: true });
  expect(begins(afterKey(walks, "[", false, 2, "moment") as Track)).toBe(2);
  expect(ends(afterKey(walks, "]", false, 2, "moment") as Track)).toBe(2);
  expect(afterKey(walks, "Delete", false, 1, "moment")).toMatchObject({ obscured: false });
  expect(afterKey(drawn(box, 0, 5), "Delete", false, 1, "moment")).toBe("removed");
  expect(afterKey(walks, "Tab", false, 1, "moment")).toBeUndefined();
});

test("a moment is said as a player says it", () => {
  expect([0, 7.44, 59.96, 67.4, 754].map(clock)).toEqual(["0:00.0", "0:07.4", "1:00.0", "1:07.4", "12:34.0"]);
});

test("what was watched counts once it was played", () => {
  const played = { length: 2, start: (index: number) => [0, 6][index]!, end: (index: number) => [3, 8][index]! };
  expect(watched(played, 10)).toBe(0.5);
  expect(watched({ ...played, length: 0 }, 0)).toBe(0);
});

test("unclear moments come in the order of the video, again and again, but not those of what stays visible", () => {
  const at = (begin: number) => ({ begin, end: begin + 1, why: "unsure" as const });
  const all = unclear([{ ...walks, unclear: [at(1), at(5)] }, { ...walks, unclear: [at(3)] }, { ...walks, unclear: [at(2)], obscured: false }]);
  expect(all.map((each) => [each.index, each.at])).toEqual([[0, 1], [1, 3], [0, 5]]);
  expect([0, 1, 3, 5].map((moment) => nextUnclear(all, moment)!.at)).toEqual([1, 3, 5, 1]);
  expect(nextUnclear([], 1)).toBeUndefined();
});
