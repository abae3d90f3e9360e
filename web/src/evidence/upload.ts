/** A file on its way into the store of uploads: in blocks when it is large, going on where a broken connection left it. */
import { api, ApiError, ok, type Schemas } from "../api/client";

type Kind = Schemas["MediaKind"];
export type Progress = (share: number) => void;

const TRIES = 4;
const BETWEEN_MS = 1500;
const BY_ENDING: Record<string, string> = { heic: "image/heic", mov: "video/quicktime", avi: "video/x-msvideo", m4a: "audio/mp4", tif: "image/tiff" };

/** Browsers do not know every type that cameras make. */
export function typeOf(file: { name: string; type: string }): string {
  const known = { "audio/x-m4a": "audio/mp4", "audio/x-wav": "audio/wav", "video/avi": "video/x-msvideo" }[file.type];
  return known ?? (file.type || BY_ENDING[file.name.split(".").pop()?.toLowerCase() ?? ""] || "application/octet-stream");
}

export function kindOf(type: string): Kind {
  const first = type.split("/")[0];
  return first === "image" || first === "video" || first === "audio" ? first : "document";
}

export interface Announcement {
  reportId: string;
  file: Blob;
  type: string;
  description?: string | undefined;
  /** Repeated, it goes on with the same item. */
  key: string;
}

/** Returns the id of the item, once all of it has arrived. */
export async function upload({ reportId, file, type, description, key }: Announcement, progress: Progress, signal?: AbortSignal): Promise<string> {
  const announce = () =>
    ok(api().POST("/api/evidence/uploads", {
      params: { header: { "Idempotency-Key": key } },
      body: { reportId, kind: kindOf(type), mimeType: type as Schemas["UploadRequest"]["mimeType"], sizeBytes: file.size, ...(description && { description }) },
    }));
  let permission = await announce();
  if (!permission.blockBytes) {
    await put(permission.uploadUrl, file, permission.requiredHeaders, progress, signal);
    return permission.evidenceId;
  }
  const size = permission.blockBytes;
  const blocks = Array.from({ length: Math.ceil(file.size / size) }, (_, index) => index);
  for (const index of blocks) {
    const part = file.slice(index * size, (index + 1) * size);
    await persist(async () => {
      // Leave to upload ends long before a large file may have gone: ask anew when it is near.
      if (Date.parse(permission.expiresAt) - Date.now() < 60_000) permission = await announce();
      const at = `${permission.uploadUrl}&comp=block&blockid=${encodeURIComponent(blockId(index))}`;
      await put(at, part, {}, (share) => progress((index * size + share * part.size) / file.size), signal);
    }, signal);
  }
  const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.map((index) => `<Latest>${blockId(index)}</Latest>`).join("")}</BlockList>`;
  const content = { "x-ms-blob-content-type": permission.requiredHeaders["Content-Type"] ?? type };
  await persist(() => put(`${permission.uploadUrl}&comp=blocklist`, new Blob([list]), content, () => undefined, signal), signal);
  return permission.evidenceId;
}

/** All of one length, as the store demands. */
export const blockId = (index: number): string => btoa(String(index).padStart(6, "0"));

/** Waits for the connection to come back; what the store refused stays refused. */
async function persist(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof ApiError && (error.passing || error.status >= 500);
      if (!passing || attempt === TRIES || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS * attempt));
    }
  }
}

/** XMLHttpRequest, because fetch does not tell how far an upload has come. */
function put(url: string, content: Blob, headers: Record<string, string>, progress: Progress, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve() : reject(new ApiError(request.status, { type: "urn:reeve:problem:upload" })));
    request.onerror = () => reject(new ApiError(0, { type: "urn:reeve:problem:unreachable" }));
    signal?.addEventListener("abort", () => {
      request.abort();
      reject(new DOMException("cancelled", "AbortError"));
    });
    request.send(content);
  });
}
