/** Sends what waits on this device, one after the other, when there is a connection and somebody is signed in. */
import { api, ApiError, ok } from "../api/client";
import { upload } from "../evidence/upload";
import { discard, discardPhoto, draftsOf, keep, photoOf, type Draft } from "./vault";

export type Outcome = { draft: Draft; became: "sent" | "waiting" | "refused"; reportId?: string; error?: unknown };

let sending: Promise<Outcome[]> | undefined;

/** All that the writer has handed over. A second call while one runs waits for that one. */
export function sendWaiting(owner: string): Promise<Outcome[]> {
  sending ??= sendAll(owner).finally(() => (sending = undefined));
  return sending;
}

async function sendAll(owner: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const draft of await draftsOf(owner)) {
    if (draft.state !== "waiting") continue;
    const outcome = await send(draft);
    outcomes.push(outcome);
    if (outcome.became === "waiting") break; // the next would fare no better
  }
  return outcomes;
}

/** The report first, then its photos, each forgotten here as soon as it has arrived there. */
export async function send(draft: Draft): Promise<Outcome> {
  let rest = draft;
  try {
    const reportId = draft.reportId ?? (await submit(draft));
    rest = { ...draft, reportId };
    await keep(rest);
    for (const photo of draft.photos) {
      const content = await photoOf(photo);
      if (content) await upload({ reportId, file: content, type: photo.type, key: photo.id }, () => undefined);
      await discardPhoto(photo.id);
      rest = { ...rest, photos: rest.photos.filter(({ id }) => id !== photo.id) };
      await keep(rest);
    }
    await discard(draft.id);
    return { draft, became: "sent", reportId };
  } catch (error) {
    const refused = error instanceof ApiError && !error.passing && error.status !== 401 && error.status < 500;
    if (refused) await keep({ ...rest, state: "refused" });
    return { draft: rest, became: refused ? "refused" : "waiting", error };
  }
}

async function submit({ form, key }: Draft): Promise<string> {
  const body = { ...form, occurredAt: new Date(form.occurredAt).toISOString() };
  const report = await ok(api().POST("/api/reports", { body, params: { header: { "Idempotency-Key": key } } }));
  return report.id;
}
