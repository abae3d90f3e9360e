/** A secret: shown once, and held nowhere. */
import { useText } from "../i18n";
import { useAnnounce } from "./announcer";
import { Button, Notice } from "./basics";

export function Secret({ value, hint }: { value: string; hint: string }) {
  const { app } = useText();
  const announce = useAnnounce();
  return (
    <div className="stack">
      <Notice tone="warn">{hint}</Notice>
      <p><code className="hash">{value}</code></p>
      <Button onClick={() => void navigator.clipboard.writeText(value).then(() => announce(app.copied))}>{app.copy}</Button>
    </div>
  );
}
