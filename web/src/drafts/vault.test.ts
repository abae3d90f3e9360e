import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { discard, draftOf, draftsOf, keep, KEPT_DAYS, keepPhoto, photoOf, waiting, type Draft } from "./vault";

const draft = (id: string, owner = "ana"): Draft => ({
  id, owner, state: "writing", key: `key-${id}`, photos: [], changedAt: 1,
  form: { type: "theft", occurredAt: "2026-11-28T10:00", siteId: "site", howKnown: "witnessed", whatHappened: "Ran to the harbour bridge." },
});

async function everythingStored(): Promise<string> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open("reeve-drafts");
    request.onsuccess = () => resolve(request.result);
  });
  const stored: string[] = [];
  for (const store of ["drafts", "photos"]) {
    const rows = await new Promise<{ content: ArrayBuffer }[]>((resolve) => {
      const request = database.transaction(store).objectStore(store).getAll();
      request.onsuccess = () => resolve(request.result as { content: ArrayBuffer }[]);
    });
    stored.push(...rows.map((row) => JSON.stringify(row) + new TextDecoder("latin1").decode(row.content)));
  }
  database.close();
  return stored.join();
}

beforeEach(async () => {
  for (const each of [...(await draftsOf("ana")), ...(await draftsOf("ben"))]) await discard(each.id);
});

test("a draft comes back as it was kept, and nothing of it can be read in the store", async () => {
  await keep(draft("one"));
  expect((await draftOf("ana", "one"))?.form.whatHappened).toBe("Ran to the harbour bridge.");
  expect(await everythingStored()).not.toContain("harbour");
});

test("nobody is shown another's draft", async () => {
  await keep(draft("one"));
  expect(await draftOf("ben", "one")).toBeUndefined();
  expect(await draftsOf("ben")).toEqual([]);
  expect(await waiting()).toBe(1);
});

test("photos are sealed, and go with their draft", async () => {
  const photo = { id: "p1", name: "camera.jpg", type: "image/jpeg", size: 6 };
  await keep(draft("one"));
  await keepPhoto(draft("one"), photo, new Blob(["pixels"]));
  expect(await everythingStored()).not.toContain("pixels");
  expect(await (await photoOf(photo))?.text()).toBe("pixels");
  await discard("one");
  expect(await photoOf(photo)).toBeUndefined();
  expect(await waiting()).toBe(0);
});

test("what is older than a week is forgotten", async () => {
  await keep(draft("one"));
  expect(await draftsOf("ana", Date.now() + (KEPT_DAYS + 1) * 86_400_000)).toEqual([]);
  expect(await waiting()).toBe(0);
});
