import { expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { placeOf, withNew } from "./alerts";

const alert = (id: string, changes: Partial<Schemas["AlertView"]> = {}) => ({
  id, cause: "report", causeId: `cause-${id}`, causeOrganisationId: "partner", relation: "own", siteId: "site", headline: "Theft",
  urgent: false, createdAt: "2026-11-28T10:00:00Z", state: "unread", acknowledgedAt: null, why: "", etag: "1", ...changes,
}) as Schemas["AlertView"];
const pages = (...lists: string[][]) => ({
  pages: lists.map((ids) => ({ alerts: ids.map((id) => alert(id)), nextCursor: null, after: null })),
  pageParams: lists.map(() => undefined),
});
const shown = (all: ReturnType<typeof pages>) => all.pages.map((page) => page.alerts.map(({ id }) => id));

test("what is new comes on top, newest first", () => {
  expect(shown(withNew(pages(["c", "b"], ["a"]), [alert("d"), alert("e")]) as ReturnType<typeof pages>)).toEqual([["e", "d", "c", "b"], ["a"]]);
});

test("what is told twice is listed once", () => {
  const before = pages(["c", "b"], ["a"]);
  expect(withNew(before, [alert("a"), alert("c")])).toBe(before);
});

test("an alert leads to its record, and says whose it is when it is a partner's", () => {
  expect(placeOf(alert("x"))).toBe("/reports/cause-x");
  expect(placeOf(alert("x", { relation: "community" }))).toBe("/reports/cause-x?owner=partner");
  expect(placeOf(alert("x", { cause: "plate_candidate" }))).toBe("/plates/candidates/cause-x");
  expect(placeOf(alert("x", { cause: "complaint" }))).toBe("/privacy/matters/cause-x");
  // Reminders are named by themselves: the board shows what is due.
  expect(placeOf(alert("x", { cause: "rights" }))).toBe("/privacy/requests");
});
