// Local servers as child processes, with their data in temporary folders.
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Stop } from "./console.mjs";
import { end, makeFolder, removeFolder, start } from "./processes.mjs";

/**
 * Starts the server called `name` and resolves to `{ endpoint, stop }` when it is ready.
 *
 * `launch(folder, ports)` gives its `{ command, args, env }` for a temporary folder and `ports` free ports, of
 * which it listens on the first; that is `port` if one is given. `ask(endpoint)` resolves to an answer of the server
 * that is `ok` once it is ready.
 */
export async function startServer({ name, ports: count, port, launch, ask }) {
  // A port that the system gave as free can be taken before the server opens it.
  for (let attempt = 1; ; attempt++) {
    const folder = makeFolder(`edge-presigner-${name.toLowerCase()}-`);
    const ports = await freePorts(count);
    if (port) ports[0] = port;
    const log = openSync(join(folder, "log"), "w");
    const { command, args, env } = launch(folder, ports);
    const child = start(command, args, { stdio: ["ignore", log, log], env: { ...withoutOwnSettings, ...env } });
    closeSync(log);
    const stop = async () => {
      // An orderly end can take seconds, and the data is thrown away.
      await end(child);
      removeFolder(folder);
    };

    const endpoint = `http://127.0.0.1:${ports[0]}`;
    if (await isReady(child, () => ask(endpoint))) return { endpoint, stop };
    const last = readFileSync(join(folder, "log"), "utf8").trimEnd().split("\n").slice(-20).join("\n");
    await stop();
    if (attempt === 3) throw new Stop(`${last}\n\n${name} did not start.`);
  }
}

// Names from the developer's own environment that a server would take for its configuration.
const withoutOwnSettings = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(AWS_|S3_|WEED_|MINISTACK_|LOCALSTACK_)/.test(name))
    .map((name) => [name, undefined]),
);

async function isReady(child, ask) {
  let running = true;
  child.ended.then(() => (running = false));
  for (const deadline = Date.now() + 20_000; running && Date.now() < deadline; await delay(100)) {
    if (await ask().then((answer) => answer.ok, () => false)) return true;
  }
  return false;
}

/** Ports on 127.0.0.1 that are free now; all are held until the last is found, so they differ. */
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
