/** How much time is left, in words and colour. */
import { useText } from "../../i18n";
import { useFormats } from "../../i18n/format";
import { Badge } from "../../ui/basics";
import type { RightsCase } from "./case";

export function Clock({ clock }: { clock: RightsCase["clock"] }) {
  const { privacy: text } = useText();
  return <Badge tone={clock.overdue ? "bad" : clock.daysLeft < 7 ? "warn" : "info"}>{clock.paused ? text.paused : clock.overdue ? text.overdue : text.daysLeft(clock.daysLeft)}</Badge>;
}

/** A day by which something has to be done: passed, near, or far. */
export function Day({ label, day }: { label: string; day: string }) {
  const { date } = useFormats();
  const left = (Date.parse(day) - Date.now()) / 86_400_000;
  return <Badge tone={left < -1 ? "bad" : left < 7 ? "warn" : "info"}>{label}: {date(day)}</Badge>;
}
