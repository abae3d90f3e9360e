/** The content of an item, fetched in the user's name and held in memory: a URL that anybody could open does not exist. */
import { useEffect, useState } from "react";
import { authorised, errorOf } from "../api/client";
import { settings } from "../settings";

export interface Content {
  url?: string;
  blob?: Blob;
  share: number;
  error?: unknown;
}

/** Fetches as soon as `wanted`; lets go of the memory when the page is left. */
export function useContent(path: string, wanted: boolean): Content {
  const [content, setContent] = useState<Content>({ share: 0 });
  useEffect(() => {
    setContent({ share: 0 });
    if (!wanted) return;
    const left = new AbortController();
    let url: string | undefined;
    fetchAll(path, left.signal, (share) => setContent({ share }))
      .then((blob) => {
        url = URL.createObjectURL(blob);
        setContent({ url, blob, share: 1 });
      })
      .catch((error: unknown) => !left.signal.aborted && setContent({ share: 0, error }));
    return () => {
      left.abort();
      if (url) URL.revokeObjectURL(url);
    };
  }, [path, wanted]);
  return content;
}

/** Whole if the server sends it whole; else part by part. */
async function fetchAll(path: string, signal: AbortSignal, progress: (share: number) => void): Promise<Blob> {
  const parts: Blob[] = [];
  let type = "application/octet-stream";
  for (let start = 0, total = Infinity; start < total; ) {
    const request = new Request(new URL(path, settings().api || location.origin), { headers: { Range: `bytes=${start}-` }, signal });
    const answer = await authorised(request);
    if (!answer.ok) throw await errorOf(answer);
    const part = await answer.blob();
    type = answer.headers.get("Content-Type") ?? type;
    parts.push(part);
    start += part.size;
    total = answer.status === 206 ? Number(answer.headers.get("Content-Range")?.split("/")[1] ?? start) : start;
    progress(Math.min(1, start / total));
    if (part.size === 0) break;
  }
  return new Blob(parts, { type });
}
