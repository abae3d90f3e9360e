/** What differs between deployments. The server that hands out the console fills it in (public/settings.json). */
export interface Settings {
  /** Where the API is; empty: on the same origin. */
  api: string;
  issuer: string;
  clientId: string;
  scope: string;
}

let loaded: Settings | undefined;

export async function loadSettings(): Promise<Settings> {
  const answer = await fetch("/settings.json", { cache: "no-store" });
  if (!answer.ok) throw new Error("settings");
  loaded = (await answer.json()) as Settings;
  return loaded;
}

export function settings(): Settings {
  if (!loaded) throw new Error("settings are not loaded yet");
  return loaded;
}
