import { expect, test } from "vitest";
import { layout } from "./layout";

const IDS = Array.from({ length: 30 }, (_, index) => `r${index}`);
const LINKS = IDS.slice(1).map((id, index) => [IDS[Math.floor(index / 2)]!, id] as const);

test("everything is inside, nothing lies on anything else, and the same group looks the same", () => {
  const placed = layout(IDS, LINKS, 640, 420);
  const all = [...placed.values()];
  expect(all).toHaveLength(30);
  for (const { x, y } of all) {
    expect(x).toBeGreaterThanOrEqual(30);
    expect(x).toBeLessThanOrEqual(610);
    expect(y).toBeGreaterThanOrEqual(30);
    expect(y).toBeLessThanOrEqual(390);
  }
  for (const one of all) for (const two of all) if (one !== two) expect(Math.hypot(one.x - two.x, one.y - two.y)).toBeGreaterThan(12);
  expect(layout(IDS, LINKS, 640, 420)).toEqual(placed);
});

test("a report that stands alone is in the middle", () => {
  const [only] = layout(["r0"], [], 300, 200).values();
  expect([only!.x, only!.y]).toEqual([150, 100]);
});
