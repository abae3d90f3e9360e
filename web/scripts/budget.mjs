// What the first visit downloads, compressed, against the budget. Prints it and fails beyond it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 250;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** The entry, what it imports at once, and the page that opens first. */
function needed(name, found = new Set()) {
  const chunk = manifest[name];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const file of chunk.css ?? []) found.add(file);
  for (const each of chunk.imports ?? []) needed(each, found);
  return found;
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length / 1024;
const first = needed("index.html");
needed("src/pages/alerts.tsx", first);
const rows = [...first, "index.html"].map((file) => [file, size(file)]).sort((a, b) => b[1] - a[1]);
const total = rows.reduce((sum, [, kb]) => sum + kb, 0);
for (const [file, kb] of rows) console.log(`  ${kb.toFixed(1).padStart(7)} kB  ${file}`);
console.log(`First load: ${total.toFixed(1)} kB compressed, budget ${BUDGET_KB} kB`);
if (total > BUDGET_KB) {
  console.error("The first load is over its budget. Load what is not needed at once with the page that needs it.");
  process.exit(1);
}
