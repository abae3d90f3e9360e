/** What is sent about a picture, and which of those that were found still wait for a decision. */
import { expect, it } from "vitest";
import { decisionFrom, draftOf, undecided, type Found, type RightsCase } from "./case";

const SEEN = "ab".repeat(32);
const picture = (sha256: string | null): Found =>
  ({
    id: "p", kind: "evidence", whyFound: "report", content: {}, acts: ["nothing"], held: false, disposeAt: null, decided: null,
    suggested: { kind: "evidence", disclose: "give" },
    evidence: { reportId: "r", mediaKind: "image", rendition: sha256 && { sha256 }, cannotGive: null },
  }) as unknown as Found;
const decided = (recordId: string, disclose: string) => ({ decisions: [{ recordId, decision: { kind: "report", disclose } }] }) as unknown as RightsCase;

it("gives the very rendition that was looked at, and only with the officer's word", () => {
  const record = picture(SEEN);
  const draft = { ...draftOf(record, undefined), disclose: "give" as const };
  expect(decisionFrom(record, draft)).toMatchObject({ rendition: SEEN, othersObscured: false });
  expect(decisionFrom(record, { ...draft, othersObscured: true })).toMatchObject({ rendition: SEEN, othersObscured: true });
  expect(decisionFrom(record, { ...draft, disclose: "withhold", othersObscured: true })).not.toHaveProperty("rendition");
});

it("asks again once it was painted anew", () => {
  const before = { kind: "evidence", disclose: "give", rendition: SEEN, othersObscured: true } as const;
  expect(draftOf(picture(SEEN), before as never).othersObscured).toBe(true);
  expect(draftOf(picture("cd".repeat(32)), before as never).othersObscured).toBe(false);
});

it("waits for no picture of a report that is about somebody else", () => {
  expect(undecided(decided("r", "not_theirs"), [picture(SEEN)])).toEqual([]);
  expect(undecided(decided("r", "give"), [picture(SEEN)])).toHaveLength(1);
});
