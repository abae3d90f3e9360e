import { expect, test, vi } from "vitest";
import { formats } from "./format";

test("money has the digits of its currency", () => {
  expect(formats("en").money({ amountMinor: 1899, currency: "GBP" })).toBe("£18.99");
  expect(formats("en").money({ amountMinor: 500, currency: "JPY" })).toBe("JP¥500");
  expect(formats("de").money({ amountMinor: 1899, currency: "EUR" })).toBe("18,99\u00a0€");
});

test("how long ago is said in the largest unit that fits", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  expect(formats("en").ago("2026-11-28T11:59:50Z", now)).toBe("now");
  expect(formats("en").ago("2026-11-28T11:15:00Z", now)).toBe("45 minutes ago");
  expect(formats("de").ago("2026-11-27T11:00:00Z", now)).toBe("gestern");
});

test("sizes are read at a glance", () => {
  expect(formats("en").bytes(4_200_000)).toBe("4.2 MB");
  expect(formats("en").bytes(0)).toBe("0 byte");
});

test("a day without a time is the same day wherever it is read", () => {
  vi.stubEnv("TZ", "America/Los_Angeles");
  expect(formats("en").date("1991-04-17")).toBe("17 Apr 1991");
  expect(formats("en").date("1991-04-17T03:00:00Z")).toBe("16 Apr 1991");
  vi.unstubAllEnvs();
});
