/**
 * Checks in the browser that an audit entry stands in its organisation's log, with WebCrypto and nothing of the server's.
 *
 * Sources: RFC 6962 §2.1 (the tree), C2SP signed-note and tlog-checkpoint (the signature), RFC 8785 (canonical JSON).
 */
import type { Schemas } from "../api/client";

type Proof = Schemas["AuditProofView"];
type Bytes = Uint8Array<ArrayBuffer>;

const COMMITTED = ["id", "organisationId", "at", "actor", "actorOrganisation", "action", "subjects", "purpose", "policies", "outcome", "soughtDigest"] as const;
const CONTEXT = "reeve audit entry v1\n";
const utf8 = new TextEncoder();

export type Verdict = { holds: true; size: number } | { holds: false; why: "entry" | "signature" | "tree" };

export async function verify(proof: Proof): Promise<Verdict> {
  const key = await publicKey(proof.publicKey);
  const checkpoint = key && (await openedNote(proof.checkpoint, key));
  if (!checkpoint) return { holds: false, why: "signature" };
  const leaf = await sha256(concat(Uint8Array.of(0), utf8.encode(await leafOf(proof.entry))));
  const root = await rootFrom(leaf, proof.leafIndex, checkpoint.size, proof.inclusion.map(fromBase64));
  if (!root || !same(root, checkpoint.root)) return { holds: false, why: "tree" };
  return { holds: true, size: checkpoint.size };
}

/** Keys sorted, no blanks: all that RFC 8785 asks of objects whose values are texts, lists of texts, null and small numbers. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${entries.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

async function leafOf(entry: Proof["entry"]): Promise<string> {
  const content = canonical(Object.fromEntries(COMMITTED.map((name) => [name, entry[name] ?? null])));
  const commitment = hex(await sha256(concat(utf8.encode(CONTEXT), fromHex(entry.nonce), utf8.encode(content))));
  return canonical({ commitment, id: entry.id, time: `${entry.at.slice(0, 13)}:00:00Z`, v: 1 });
}

export async function rootFrom(leaf: Bytes, index: number, size: number, path: Bytes[]): Promise<Bytes | undefined> {
  if (index < 0 || index >= size) return undefined;
  let [place, last, found] = [index, size - 1, leaf];
  for (const each of path) {
    if (last === 0) return undefined;
    if (place % 2 === 1 || place === last) {
      found = await node(each, found);
      while (place % 2 === 0 && place > 0) [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
    } else found = await node(found, each);
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? found : undefined;
}

interface Key {
  name: string;
  id: Bytes;
  key: CryptoKey;
}

async function publicKey(text: string): Promise<Key | undefined> {
  const [name, id, ...rest] = text.trim().split("+");
  const content = fromBase64(rest.join("+"));
  if (!name || !id || content.length !== 33 || content[0] !== 1) return undefined;
  const expected = (await sha256(concat(utf8.encode(`${name}\n`), content))).slice(0, 4);
  if (hex(expected) !== id) return undefined;
  return { name, id: expected, key: await crypto.subtle.importKey("raw", content.slice(1), "Ed25519", false, ["verify"]) };
}

async function openedNote(note: string, key: Key): Promise<{ size: number; root: Bytes } | undefined> {
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  for (const line of note.slice(cut + 2).split("\n")) {
    const [dash, name, encoded] = line.split(" ");
    if (dash !== "\u2014" || name !== key.name || !encoded) continue;
    const signature = fromBase64(encoded);
    if (!same(signature.slice(0, 4), key.id)) continue;
    if (!(await crypto.subtle.verify("Ed25519", key.key, signature.slice(4), utf8.encode(text)))) return undefined;
    const [origin, size, root] = text.split("\n");
    return origin === key.name && size && root ? { size: Number(size), root: fromBase64(root) } : undefined;
  }
  return undefined;
}

const node = (left: Bytes, right: Bytes) => sha256(concat(Uint8Array.of(1), left, right));

export async function sha256(content: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content));
}

function concat(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const fromHex = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (each) => parseInt(each, 16));
const hex = (bytes: Bytes): string => [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
const same = (one: Bytes, other: Bytes): boolean => one.length === other.length && one.every((each, at) => each === other[at]);
