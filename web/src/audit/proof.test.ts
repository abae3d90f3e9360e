import { expect, test } from "vitest";
import { canonical, rootFrom, sha256 } from "./proof";

const node = (left: Uint8Array<ArrayBuffer>, right: Uint8Array<ArrayBuffer>) => sha256(Uint8Array.from([1, ...left, ...right]));

test("canonical JSON sorts keys at every depth and has no blanks", () => {
  expect(canonical({ b: [1, "é\n"], a: { d: null, c: "x" } })).toBe('{"a":{"c":"x","d":null},"b":[1,"é\\n"]}');
});

test("each leaf of a tree of seven leads to its root, and no other", async () => {
  const leaves = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((each) => sha256(Uint8Array.from([0, each]))));
  const [a, b, c, d, e, f, g] = leaves as [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];
  const [ab, cd, ef] = [await node(a, b!), await node(c!, d!), await node(e!, f!)];
  const [abcd, efg] = [await node(ab, cd), await node(ef, g!)];
  const root = await node(abcd, efg);
  expect(await rootFrom(a, 0, 7, [b!, cd, efg])).toEqual(root);
  expect(await rootFrom(d!, 3, 7, [c!, ab, efg])).toEqual(root);
  expect(await rootFrom(g!, 6, 7, [ef, abcd])).toEqual(root);
  expect(await rootFrom(g!, 5, 7, [ef, abcd])).not.toEqual(root);
  expect(await rootFrom(a, 0, 7, [b!, cd])).toBeUndefined();
  expect(await rootFrom(a, 0, 7, [b!, cd, efg, efg])).toBeUndefined();
  expect(await rootFrom(a, 7, 7, [])).toBeUndefined();
});
