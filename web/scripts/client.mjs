// Makes src/api/schema.d.ts from the API's own description, given on standard input. Nothing is written by hand.
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const tree = await openapiTS(JSON.parse(await text(process.stdin)), { alphabetize: true, defaultNonNullable: false });
writeFileSync(new URL("../src/api/schema.d.ts", import.meta.url), "// Generated from the API's OpenAPI document.\n" + astToString(tree));
