// Writes dist/worker.js: the list of what must be there to write a report without a connection, and its version.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const files = new Set(["/", "/settings.json", "/icon.svg"]);

function need(name) {
  const chunk = manifest[name];
  if (files.has(`/${chunk.file}`)) return;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(`/${file}`);
  for (const each of chunk.imports ?? []) need(each);
}

for (const name of ["index.html", "src/pages/alerts.tsx", "src/pages/new-report.tsx", "src/i18n/de.ts"]) need(name);
const list = JSON.stringify([...files].sort());
const worker = readFileSync(new URL("../src/worker.js", import.meta.url), "utf8")
  .replace("self.__FILES__", list)
  .replace("${self.__VERSION__}", createHash("sha256").update(list).digest("hex").slice(0, 12));
writeFileSync(new URL("worker.js", dist), worker);
