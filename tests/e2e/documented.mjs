// Whether answers are among those that /openapi.json has for their routes: every answer of every test.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/console.mjs";

const { paths, components } = JSON.parse(readFileSync(join(root, "src", "routes", "openapi", "openapi.json"), "utf8"));
const resolve = (it) => (it.$ref ? it.$ref.split("/").slice(1).reduce((from, name) => from[name], { components }) : it);

/** Resolves to `answer`, to a request for `path`, once it is what the document says. */
export async function documented(answer, path, method = "GET") {
  const item = itemOf(path);
  // One that was redirected is of S3.
  if (!item || answer.redirected) return answer;
  const operation = item[method.toLowerCase()];
  // Of other methods there is nothing to say but this.
  if (!operation) return answer;
  const what = `${method} ${path.slice(0, 200)} was answered ${answer.status}, which is not in the document`;
  assert.ok(operation.responses[answer.status], what);
  const response = resolve(operation.responses[answer.status]);
  for (const [name, header] of Object.entries(response.headers)) {
    if (resolve(header).required) assert.ok(answer.headers.has(name), `${what} without ${name}`);
  }
  const type = answer.headers.get("content-type")?.split(";")[0];
  if (!response.content) {
    assert.equal(type, undefined, what);
    return answer;
  }
  assert.ok(response.content[type] ?? response.content["*/*"], `${what} as ${type}`);
  if (type === "application/problem+json" && method !== "HEAD") {
    const problem = await answer.clone().json();
    const { properties } = response.content[type].schema;
    assert.ok(properties.type.enum.includes(problem.type), `${what} with ${problem.type}`);
  }
  return answer;
}

/** What the document has for a path, with or without a link in front; nothing for one that is no route. */
function itemOf(path) {
  const [, route] = path.match(/^(?:\/c\/[^/]*)?(\/[^?#]*)/) ?? [];
  if (/^\/v1\/credentials\/[^/]*$/.test(route)) return paths["/v1/credentials/{profile}"];
  if (/^\/lfs\/[^/]*\/objects\/batch$/.test(route)) return paths["/lfs/{profile}/objects/batch"];
  if (/^\/o\/[^/]*\//.test(route)) return paths["/o/{profile}/{key}"];
  if (!route.startsWith("/uppy/")) return paths[route];
  const [, , , ...rest] = route.split("/");
  if (rest.length > 2) rest[2] = "{uploadId}";
  if (rest.length > 3 && rest[3] !== "complete") rest[3] = "{partNumber}";
  return paths[["/uppy/{profile}", ...rest].join("/")];
}
