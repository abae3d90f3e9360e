/** One controller's part of a person's request, what was found for it, and how a decision is put together. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ok, withEtag, type Answer, type Schemas } from "../../api/client";

export type RightsCase = Answer<"rights_read">;
export type Records = Answer<"rights_records">;
export type Found = Records["records"][number];
export type Decision = Schemas["Decision"];
export type Content = Record<string, unknown>;
type Now = { value: RightsCase; etag: string };

/** Every look opens all records and is accounted for; what was decided since comes from the case. */
const LOOKED_AT_MS = 15 * 60_000;
const keyOf = (id: string) => ["rights", "case", id];

export const useCase = (id: string) =>
  useQuery({ queryKey: keyOf(id), queryFn: () => withEtag(api().GET("/api/rights/cases/{caseId}", { params: { path: { caseId: id } } })) });

export const useRecords = (id: string, wanted = true) =>
  useQuery({
    queryKey: ["rights", "records", id],
    enabled: wanted,
    staleTime: LOOKED_AT_MS,
    queryFn: () => ok(api().GET("/api/rights/cases/{caseId}/records", { params: { path: { caseId: id } } })),
  });

/** What a change answers is the case as it is now: nothing is read again for it. */
export function useKeep(id: string) {
  const queries = useQueryClient();
  return async (now: Now) => {
    queries.setQueryData<Now>(keyOf(id), now);
    await queries.invalidateQueries({ queryKey: ["rights", "board"] });
  };
}

export const decisionOf = (found: RightsCase, record: string): Decision | undefined =>
  found.decisions.find((each) => each.recordId === record)?.decision;

/** Whoever found a report to be about somebody else has answered for what hangs on it. */
export const needsDecision = (found: RightsCase, record: Found): boolean =>
  !decisionOf(found, record.id) && (!record.evidence || decisionOf(found, record.evidence.reportId)?.disclose !== "not_theirs");

export const undecided = (found: RightsCase, records: readonly Found[]): Found[] => records.filter((each) => needsDecision(found, each));

/** A decision while it is being made: the choice itself is never made in advance. */
export interface Draft {
  disclose: "" | Decision["disclose"];
  mine: string[];
  redact: string[];
  leaveOut: string[];
  exemption: string;
  neither: boolean;
  reason: string;
  act: Schemas["Act"];
  corrections: Record<string, string>;
  statement: string;
  othersObscured: boolean;
}

export function draftOf(record: Found, decided: Decision | undefined): Draft {
  const from = decided ?? record.suggested;
  return {
    disclose: decided?.disclose ?? "",
    mine: from.mine ?? [],
    redact: from.redact ?? [],
    leaveOut: from.leaveOut ?? [],
    exemption: from.exemption ?? "",
    neither: from.neither ?? false,
    reason: from.reason ?? "",
    act: from.act ?? "nothing",
    corrections: from.corrections ?? {},
    statement: from.statement ?? "",
    // Only a word about the very picture that is there now counts.
    othersObscured: !!from.rendition && from.rendition === record.evidence?.rendition?.sha256 && !!from.othersObscured,
  };
}

/** What is sent: nothing of a choice that was left again. */
export function decisionFrom(record: Found, draft: Draft): Decision {
  const { disclose, act } = draft;
  if (disclose === "" || disclose === "not_theirs") return { kind: record.kind, disclose: "not_theirs" };
  const withheld = disclose === "withhold";
  const silent = withheld && draft.neither;
  const done = silent ? "nothing" : act;
  return {
    kind: record.kind,
    disclose,
    mine: draft.mine,
    act: done,
    ...(withheld && { exemption: draft.exemption, neither: draft.neither }),
    ...((withheld || done === "refuse") && { reason: draft.reason }),
    ...(!withheld && { redact: draft.redact, leaveOut: draft.leaveOut }),
    ...(done === "correct" && { corrections: draft.corrections }),
    ...(done === "statement" && { statement: draft.statement }),
    ...(record.evidence && disclose === "give" && { rendition: record.evidence.rendition?.sha256 ?? null, othersObscured: draft.othersObscured }),
  };
}

const OF_REPORT = ["whatHappened", "policeReference"];
const OF_EACH = { people: ["name", "clothing", "marks", "carried", "behaviour"], vehicles: ["plate", "make", "model", "colour", "notes"] };

/** The texts of a record that can be put right, each with its place and what stands there. */
export function correctable(content: Content): [pointer: string, field: string, value: string][] {
  const own = OF_REPORT.filter((name) => typeof content[name] === "string").map((name): [string, string, string] => [`/${name}`, name, content[name] as string]);
  const lists = (Object.keys(OF_EACH) as (keyof typeof OF_EACH)[]).flatMap((list) =>
    ((content[list] ?? []) as Content[]).flatMap((each, place) =>
      OF_EACH[list].filter((name) => typeof each[name] === "string").map((name): [string, string, string] => [`/${list}/${place}/${name}`, name, each[name] as string]),
    ),
  );
  return [...own, ...lists];
}

/** Whether the passage stands in the record, as the API will look for it. */
export const holds = (value: unknown, passage: string): boolean =>
  typeof value === "string" ? value.toLowerCase().includes(passage.toLowerCase())
  : Array.isArray(value) ? value.some((each) => holds(each, passage))
  : typeof value === "object" && value !== null && Object.values(value).some((each) => holds(each, passage));
