import { describe, expect, it } from "vitest";
import { canTell, given } from "./kept";

describe("a kept search", () => {
  it("is asked again for what was asked for, and for nothing else", () => {
    const stored = { kinds: [], worn: "red cap", name: null, like: false, facets: false, weaponSeen: false, types: [], limit: 25 };
    expect(given(stored as never)).toEqual({ worn: "red cap", weaponSeen: false, limit: 25 });
  });
  it("tells of reports only, and never of all of them", () => {
    expect(canTell({ limit: 25, worn: "red cap" })).toBe(true);
    expect(canTell({ limit: 25, kinds: ["person"], worn: "red cap" })).toBe(false);
    expect(canTell({ limit: 25, since: "2026-01-01T00:00:00Z" })).toBe(false);
  });
});
