/** A text that is looked at while it is written: what may not be said about people is explained before it is sent. */
import { useEffect, useState } from "react";
import { api, ok, type Schemas } from "../api/client";
import { useText } from "../i18n";
import { Server } from "./basics";
import { TextArea } from "./form";

const PAUSE_MS = 600;
type Screened = Schemas["ScreenView"];

export function ScreenedText({ label, hint, value, onChange, error, optional, required, rows, maxLength }: {
  label: string; hint?: string; value: string; onChange: (value: string) => void; error?: string | undefined;
  optional?: boolean; required?: boolean; rows?: number; maxLength?: number;
}) {
  const { write } = useText();
  const found = useScreening(value);
  return (
    <div className="screened">
      <TextArea label={label} hint={hint} value={value} error={error} optional={optional} required={required} rows={rows} maxLength={maxLength} onChange={(event) => onChange(event.target.value)} />
      <div role="status">
        {found && found.findings.length > 0 && (
          <div className="notice warn">
            <p className="notice-title">{write.screened}</p>
            <ul>
              {found.findings.map((finding) => (
                <li key={`${finding.start}-${finding.attribute}`}>
                  <Server>{write.screenedWhy(span(value, finding), finding.reason)} {finding.suggestion}</Server>
                </li>
              ))}
            </ul>
          </div>
        )}
        {found && found.minorSuspected.length > 0 && <p className="notice info">{write.minor}</p>}
      </div>
    </div>
  );
}

/** Places are counted in code points, as people count. */
export const span = (text: string, { start, end }: { start: number; end: number }): string => [...text].slice(start, end).join("");

function useScreening(text: string): Screened | undefined {
  const [found, setFound] = useState<{ text: string; view: Screened }>();
  useEffect(() => {
    if (text.trim().length < 3) return;
    const cancelled = new AbortController();
    const timer = setTimeout(() => {
      ok(api().POST("/api/text/screen", { body: { text }, signal: cancelled.signal }))
        .then((view) => setFound({ text, view }))
        // Without a connection it is looked at when it is sent.
        .catch(() => undefined);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      cancelled.abort();
    };
  }, [text]);
  return found?.text === text ? found.view : undefined;
}
