import { expect, test } from "vitest";
import { isoOf, periodOf, type Unit } from "./periods";

test.each([["P12M", 12, "month"], ["P7D", 7, "day"], ["PT24H", 24, "hour"], ["P2Y", 2, "year"]])("%s is read and written", (iso, count, unit) => {
  expect(periodOf(iso)).toEqual({ count, unit });
  expect(isoOf(count, unit as Unit)).toBe(iso);
});

test.each(["P1Y6M", "PT7D", "P5H", "12M", "P"])("%s is shown as it is", (iso) => expect(periodOf(iso)).toBeUndefined());
