// An npm registry on loopback that knows the packages of package-lock.json and no other. What npm has in its cache, it does not
// download again, so an installation needs no network where `npm ci` has run.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { root } from "../../scripts/console.mjs";

const members = ["bin", "cpu", "dependencies", "engines", "libc", "optionalDependencies", "os", "peerDependencies", "peerDependenciesMeta"];

/** Starts it, and resolves to `{ url, stop }`. */
export async function startRegistry() {
  const upstream = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();
  const documents = readLock(upstream);
  const server = createServer((request, response) => {
    const document = documents.get(decodeURIComponent(request.url.slice(1)));
    response.writeHead(document ? 200 : 404, { "Content-Type": "application/json" });
    response.end(JSON.stringify(document ?? { error: "Not found" }));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, stop };
}

/** A document for each package: https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md. */
function readLock(upstream) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const documents = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    const name = entry.name ?? path.split("node_modules/").at(-1);
    const { version, integrity } = entry;
    if (!integrity) continue;
    const document = documents.get(name) ?? { name, versions: {} };
    const tarball = `${upstream}${name}/-/${name.split("/").at(-1)}-${version}.tgz`;
    const known = members.filter((member) => entry[member]).map((member) => [member, entry[member]]);
    document.versions[version] = { name, version, ...Object.fromEntries(known), dist: { tarball, integrity } };
    document["dist-tags"] = { latest: version };
    documents.set(name, document);
  }
  return documents;
}
