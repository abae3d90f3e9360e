import { expect, test } from "vitest";
import { layout, shortened, sizes, written } from "./layout";

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

test.each([5, 40, 200])("of %i labels none covers another or a mark, and what is chosen is always named", (count) => {
  const ids = Array.from({ length: count }, (_, index) => `r${index}`);
  const links = ids.slice(1).map((id, index) => [ids[Math.floor(index / 3)]!, id] as const);
  const { height, radius } = sizes(count, 720);
  const placed = layout(ids, links, 720, height);
  const labels = new Map(ids.map((id) => [id, [shortened("Northgate Shopping Centre"), "12 Nov"]]));
  const last = ids[count - 1]!;
  const shown = written(placed, labels, ids, [], radius, 720);
  const boxes = [...shown].map(([id, lines]) => {
    const { x, y } = placed.get(id)!;
    const half = Math.max(...lines.map(({ length }) => length)) * 3.5;
    return { id, left: x - half, right: x + half, top: y + radius + 3, bottom: y + radius + 3 + 14 * lines.length };
  });
  const marks = [...placed.values()].map(({ id, x, y }) => ({ id, left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  expect(boxes.length).toBeGreaterThanOrEqual(Math.min(count / 2, 25));
  for (const one of boxes)
    for (const two of [...boxes, ...marks])
      if (one.id !== two.id) expect(one.left >= two.right || two.left >= one.right || one.top >= two.bottom || two.top >= one.bottom).toBe(true);
  expect(written(placed, labels, ids, [last], radius, 720).get(last)).toHaveLength(2);
});
