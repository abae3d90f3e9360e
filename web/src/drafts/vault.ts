/**
 * Reports that are being written or wait for a connection, on this device, sealed.
 *
 * They hold personal data, so they are encrypted with AES-GCM under a key that never leaves the browser's key store (it
 * cannot be exported), bound to their writer, deleted when they have arrived, and after a week in any case.
 */
import type { Schemas } from "../api/client";

export type Form = Omit<Schemas["ReportSubmission"], "occurredAt"> & { /** Local, as the field has it. */ occurredAt: string };

export interface Photo {
  id: string;
  name: string;
  type: string;
  size: number;
}

export interface Draft {
  id: string;
  /** Who writes it: nobody else is shown it. */
  owner: string;
  state: "writing" | "waiting" | "refused";
  /** Of the submission: repeated after a broken connection, it makes one report. */
  key: string;
  form: Form;
  photos: Photo[];
  /** Once the report has arrived and photos are still on their way. */
  reportId?: string | undefined;
  changedAt: number;
}

export const KEPT_DAYS = 7;
const NAME = "reeve-drafts";
const DAY_MS = 86_400_000;

interface Sealed {
  id: string;
  owner: string;
  draft: string;
  changedAt: number;
  iv: Uint8Array<ArrayBuffer>;
  content: ArrayBuffer;
}

type Store = "keys" | "drafts" | "photos";

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys");
      request.result.createObjectStore("drafts", { keyPath: "id" });
      request.result.createObjectStore("photos", { keyPath: "id" }).createIndex("draft", "draft");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error as Error);
  });
  return opened;
}

async function run<T>(store: Store, mode: IDBTransactionMode, work: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(store, mode);
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject((transaction.error ?? request.error) as Error);
  });
}

async function key(): Promise<CryptoKey> {
  const kept = await run<CryptoKey | undefined>("keys", "readonly", (keys) => keys.get("drafts") as IDBRequest<CryptoKey | undefined>);
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  try {
    await run("keys", "readwrite", (keys) => keys.add(made, "drafts"));
    return made;
  } catch {
    return key(); // Another window was first.
  }
}

const bound = (id: string, owner: string) => new TextEncoder().encode(`${owner}/${id}`);

async function seal(id: string, owner: string, draft: string, content: BufferSource): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(id, owner) }, await key(), content);
  return { id, owner, draft, changedAt: Date.now(), iv, content: sealed };
}

async function unseal({ id, owner, iv, content }: Sealed): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bound(id, owner) }, await key(), content);
}

export async function keep(draft: Draft): Promise<void> {
  const content = new TextEncoder().encode(JSON.stringify(draft));
  const sealed = await seal(draft.id, draft.owner, draft.id, content);
  await run("drafts", "readwrite", (drafts) => drafts.put(sealed));
}

export async function draftOf(owner: string, id: string): Promise<Draft | undefined> {
  const sealed = await run<Sealed | undefined>("drafts", "readonly", (drafts) => drafts.get(id) as IDBRequest<Sealed | undefined>);
  return sealed?.owner === owner ? read(sealed) : undefined;
}

/** The writer's own, the oldest first. What cannot be opened any more is of no use and goes, as does what is too old. */
export async function draftsOf(owner: string, now = Date.now()): Promise<Draft[]> {
  const all = await run<Sealed[]>("drafts", "readonly", (drafts) => drafts.getAll() as IDBRequest<Sealed[]>);
  const found: Draft[] = [];
  for (const sealed of all) {
    if (now - sealed.changedAt > KEPT_DAYS * DAY_MS) await discard(sealed.id);
    else if (sealed.owner === owner) {
      const draft = await read(sealed);
      if (draft) found.push(draft);
      else await discard(sealed.id);
    }
  }
  return found.sort((one, other) => one.changedAt - other.changedAt);
}

/** How many wait on this device, whoever wrote them: all that may be said before somebody signs in. */
export async function waiting(): Promise<number> {
  return run<number>("drafts", "readonly", (drafts) => drafts.count());
}

async function read(sealed: Sealed): Promise<Draft | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await unseal(sealed))) as Draft;
  } catch {
    return undefined;
  }
}

export async function discard(id: string): Promise<void> {
  const photos = await run<IDBValidKey[]>("photos", "readonly", (all) => all.index("draft").getAllKeys(id));
  for (const photo of photos) await run("photos", "readwrite", (all) => all.delete(photo));
  await run("drafts", "readwrite", (drafts) => drafts.delete(id));
}

export async function keepPhoto(draft: Draft, photo: Photo, content: Blob): Promise<void> {
  const sealed = await seal(photo.id, draft.owner, draft.id, await content.arrayBuffer());
  await run("photos", "readwrite", (photos) => photos.put(sealed));
}

export async function photoOf(photo: Photo): Promise<Blob | undefined> {
  const sealed = await run<Sealed | undefined>("photos", "readonly", (photos) => photos.get(photo.id) as IDBRequest<Sealed | undefined>);
  return sealed && new Blob([await unseal(sealed)], { type: photo.type });
}

export async function discardPhoto(id: string): Promise<void> {
  await run("photos", "readwrite", (photos) => photos.delete(id));
}
