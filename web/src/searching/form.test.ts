import { expect, test } from "vitest";
import { asked, EMPTY } from "./form";

test("only what the chosen kind can be searched by is asked", () => {
  const everything = { ...EMPTY, product: " Gin ", name: "Rowan", title: "Quay", worn: "red cap", plate: "QX19 ABC", caseReference: "HP-7", like: true, minLoss: "12.5", since: "2026-03-01", until: "2026-03-31", types: ["theft"] };
  expect(asked({ ...everything, kind: "person" })).toEqual({ limit: 25, kinds: ["person"], name: "Rowan", worn: "red cap", since: "2026-03-01T00:00:00Z", until: "2026-03-31T23:59:59Z" });
  expect(asked(everything)).toEqual({
    limit: 25, types: ["theft"], product: "Gin", worn: "red cap", plate: "QX19 ABC", caseReference: "HP-7", like: true, minLossMinor: 1250, since: "2026-03-01T00:00:00Z", until: "2026-03-31T23:59:59Z",
  });
  expect(asked(EMPTY)).toEqual({ limit: 25 });
});

test("a case is named only for a plate", () => {
  expect(asked({ ...EMPTY, caseReference: "HP-7" })).toEqual({ limit: 25 });
});
