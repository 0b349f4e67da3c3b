// `npm run client:types`: writes the types of the client in packages/client from the OpenAPI document; with --check it only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";

const file = join(root, "packages", "client", "openapi.d.ts");

await main(async () => {
  const document = JSON.parse(readFileSync(join(root, "src", "routes", "openapi", "openapi.json"), "utf8"));
  // Only what requests and responses hold: the client knows the paths. What has a default can be left out of a request.
  const schemas = { ...document, paths: {}, components: { schemas: document.components.schemas } };
  const types = astToString(await openapiTS(schemas, { defaultNonNullable: false }));
  const text = `// Written by \`npm run client:types\` from the presigner's OpenAPI document.\n${types}`;
  if (!process.argv.includes("--check")) return writeFileSync(file, text);
  if (readFileSync(file, "utf8") !== text) throw new Stop("packages/client/openapi.d.ts is out of date: run `npm run client:types`.");
});
