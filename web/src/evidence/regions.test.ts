import { expect, test } from "vitest";
import { afterKey, between, moved, resized, undecided, type Region } from "./regions";

const region: Region = { x: 0.4, y: 0.4, width: 0.2, height: 0.1, origin: "drawn", obscured: true };

test("a region never leaves its picture", () => {
  expect(moved(region, 1, -1)).toMatchObject({ x: 0.8, y: 0 });
  expect(resized(region, 1, 1)).toMatchObject({ width: 0.6, height: 0.6 });
  expect(resized(region, -1, -1)).toMatchObject({ width: 0.01, height: 0.01 });
});

test("drawing works from any corner, beyond the edge, and not by a click", () => {
  expect(between({ x: 0.5, y: 0.5 }, { x: 0.2, y: 0.9 })).toMatchObject({ x: 0.2, y: 0.5, width: 0.3, height: 0.4, obscured: true });
  expect(between({ x: 0.5, y: 0.5 }, { x: 1.4, y: 2 })).toMatchObject({ width: 0.5, height: 0.5 });
  expect(between({ x: 0.5, y: 0.5 }, { x: 0.501, y: 0.6 })).toBeUndefined();
});

test("keys move, size, switch and remove", () => {
  expect(afterKey(region, "ArrowRight", false)).toMatchObject({ x: 0.41, width: 0.2 });
  expect(afterKey(region, "ArrowRight", true)).toMatchObject({ x: 0.4, width: 0.21 });
  expect(afterKey(region, " ", false)).toMatchObject({ obscured: false });
  expect(afterKey(region, "Delete", false)).toBe("removed");
  expect(afterKey(region, "a", false)).toBeUndefined();
});

test("what was suggested can be left visible but not made to vanish", () => {
  expect(afterKey({ ...region, origin: "suggested", obscured: null }, "Delete", false)).toMatchObject({ obscured: false });
  expect(undecided([region, { ...region, obscured: null }, { ...region, obscured: false }])).toBe(1);
});
