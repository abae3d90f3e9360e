/** What was uploaded for a report, and adding to it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Link } from "wouter";
import { api, ok } from "../api/client";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { useSession } from "../session/session";
import { useAnnounce } from "../ui/announcer";
import { Badge, Button, Section, Server } from "../ui/basics";
import { Failure, Loaded } from "../ui/loaded";
import { typeOf, upload } from "./upload";

interface Sending {
  key: string;
  file: File;
  share: number;
  error?: unknown;
  stop?: AbortController;
}

export function EvidenceOfReport({ reportId }: { reportId: string }) {
  const { evidence: text } = useText();
  const { purpose, has } = useSession();
  const { bytes, dateTime } = useFormats();
  const query = useQuery({
    queryKey: ["evidence", "of", reportId, purpose],
    queryFn: () => ok(api().GET("/api/reports/{reportId}/evidence", { params: { path: { reportId }, query: { purpose } } })),
    enabled: has("investigator", "privacy_officer"),
    refetchInterval: ({ state }) => (state.data?.evidence.some((item) => item.state === "awaiting_upload") ? 4000 : false),
  });
  return (
    <Section title={text.title}>
      {has("investigator", "privacy_officer") && (
        <Loaded query={query}>
          {({ evidence }) => evidence.length === 0 ? <p className="hint">{text.none}</p> : (
            <ul className="items">
              {evidence.map((item) => (
                <li key={item.id}>
                  <Link href={`/evidence/${item.id}`}>{text.kinds[item.kind]}{item.description && `: ${item.description}`}</Link>
                  <span className="meta">
                    <span>{bytes(item.sizeBytes)}</span><span>{dateTime(item.requestedAt)}</span>
                    {item.state !== "stored" && <Badge tone={item.state === "refused" ? "bad" : "info"}>{text.states[item.state]}</Badge>}
                    {item.needsReview && <Badge tone="warn">{text.needsReview}</Badge>}
                    {item.obscuredAt && <Badge tone="good">{text.reviewed}</Badge>}
                  </span>
                  {item.refusal && <p className="hint"><Server>{item.refusal.detail}</Server></p>}
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      )}
      {has("reporter", "investigator") && <Uploads reportId={reportId} />}
    </Section>
  );
}

function Uploads({ reportId }: { reportId: string }) {
  const { evidence: text } = useText();
  const { percent } = useFormats();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [all, setAll] = useState<Sending[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const put = (key: string, part: Partial<Sending>) => setAll((before) => before.map((each) => (each.key === key ? { ...each, ...part } : each)));
  async function run({ key, file }: Sending) {
    const stop = new AbortController();
    put(key, { stop, error: undefined });
    try {
      await upload({ reportId, file, type: typeOf(file), key }, (share) => put(key, { share }), stop.signal);
      setAll((before) => before.filter((each) => each.key !== key));
      announce(text.arrived(file.name));
      await queries.invalidateQueries({ queryKey: ["evidence", "of", reportId] });
    } catch (error) {
      put(key, { error, stop: undefined });
    }
  }
  function add(files: FileList) {
    const fresh = [...files].map((file) => ({ key: crypto.randomUUID(), file, share: 0 }));
    setAll((before) => [...before, ...fresh]);
    for (const each of fresh) void run(each);
    if (input.current) input.current.value = "";
  }
  return (
    <>
      <label className="button file">
        {text.add}
        <input ref={input} type="file" multiple accept="image/*,video/*,audio/*,application/pdf,.heic,.avi,.mov,.m4a,.tif,.tiff" onChange={(event) => event.target.files && add(event.target.files)} />
      </label>
      <p className="hint">{text.addHint}</p>
      {all.map((each) => (
        <div key={each.key} className="upload">
          <label htmlFor={each.key}>{text.uploading(each.file.name)} ({percent(each.share)})</label>
          <progress id={each.key} value={each.share} max={1} />
          {each.error !== undefined && (
            <>
              <p className="hint">{text.interrupted}</p>
              <Failure error={each.error} />
              <Button onClick={() => void run(each)}>{text.resume}</Button>
            </>
          )}
          {each.stop && <Button look="quiet" onClick={() => each.stop?.abort()}>{text.cancel}</Button>}
        </div>
      ))}
    </>
  );
}
