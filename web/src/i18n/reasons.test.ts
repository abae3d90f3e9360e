/** Each reason for a suggestion is said in every language; that none is missing of those the API knows, the types say. */
import { describe, expect, it } from "vitest";
import { investigate as de } from "./investigate.de";
import { investigate as en } from "./investigate.en";

describe("reasons of suggestions", () => {
  const codes = Object.keys(en.suggest.reasons) as (keyof typeof en.suggest.reasons)[];

  it.each(codes)("%s is said in English and in German", (code) => {
    const [english, german] = [en.suggest.reasons[code], de.suggest.reasons[code]];
    expect(english).toMatch(/^[A-Z].*\.$/);
    expect(german).toMatch(/^[A-ZÄÖÜ].*\.$/);
    expect(german).not.toBe(english);
    expect(german.includes("{km}")).toBe(english.includes("{km}"));
  });
});
