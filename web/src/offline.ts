/** Has the browser keep the console's files. The only script address that the page's policy lets through. */
interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string };
}

const WORKER = "/worker.js";

export function keepFiles(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const rules = {
    createScriptURL: (url: string) => {
      if (url !== WORKER) throw new TypeError("not the worker");
      return url;
    },
  };
  const url = (trustedTypes?.createPolicy("worker", rules) ?? rules).createScriptURL(WORKER);
  // Where it is not allowed, everything works but writing without a connection.
  navigator.serviceWorker.register(url).catch(() => undefined);
}
