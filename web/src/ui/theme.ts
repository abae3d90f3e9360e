/** Light, dark, or as the device has it. Kept for the session only. */
export type Theme = "system" | "light" | "dark";

const KEPT = "reeve.theme";

export function theme(): Theme {
  return (sessionStorage.getItem(KEPT) as Theme | null) ?? "system";
}

export function applyTheme(chosen: Theme = theme()): void {
  sessionStorage.setItem(KEPT, chosen);
  document.documentElement.dataset["theme"] = chosen;
}
