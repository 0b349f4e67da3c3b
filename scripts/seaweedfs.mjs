// SeaweedFS as a child process: S3 and STS on one port, data in a temporary folder.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Stop } from "./console.mjs";
import { end, makeFolder, removeFolder, start } from "./processes.mjs";
import { weed } from "./setup.mjs";

/**
 * Starts SeaweedFS with one bucket, the IAM configuration `iam` and the identity of the aws4fetch
 * client `owner`. Resolves to `{ endpoint, stop }` when the bucket is there. Without `port` the
 * system chooses one.
 */
export async function startSeaweedFs({ bucket, owner, iam, port }) {
  if (!existsSync(weed)) throw new Stop("SeaweedFS is not installed: run `npm run setup`.");
  // A port that the system gave as free can be taken before SeaweedFS opens it.
  for (let attempt = 1; ; attempt++) {
    const folder = makeFolder("edge-presigner-s3-");
    const ports = await freePorts(10);
    if (port) ports[0] = port;
    const log = openSync(join(folder, "log"), "w");
    const args = serverArgs(folder, ports, { bucket, owner, iam });
    const child = start(weed, args, { stdio: ["ignore", log, log], env: withoutOwnSettings });
    closeSync(log);
    const stop = async () => {
      // Its orderly end takes seconds, and the data is thrown away.
      await end(child);
      removeFolder(folder);
    };

    const endpoint = `http://127.0.0.1:${ports[0]}`;
    if (await isReady(child, () => owner.fetch(`${endpoint}/${bucket}`, { method: "HEAD" }))) return { endpoint, stop };
    const last = readFileSync(join(folder, "log"), "utf8").trimEnd().split("\n").slice(-20).join("\n");
    await stop();
    if (attempt === 3) throw new Stop(`${last}\n\nSeaweedFS did not start.`);
  }
}

// Names from the developer's own environment that SeaweedFS would take for its configuration.
const withoutOwnSettings = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => /^(AWS_|S3_|WEED_)/.test(name))
    .map((name) => [name, undefined]),
);

function serverArgs(folder, ports, { bucket, owner, iam }) {
  const file = (name, value) => {
    writeFileSync(join(folder, name), JSON.stringify(value), { mode: 0o600 });
    return join(folder, name);
  };
  const credentials = [{ accessKey: owner.accessKeyId, secretKey: owner.secretAccessKey }];
  const config = file("s3.json", { identities: [{ name: "owner", actions: ["Admin"], credentials }] });
  const data = join(folder, "data");
  mkdirSync(data);
  const services = ["s3", "master", "volume", "filer", "admin"];
  return [
    ...[`-logdir=${folder}`, "mini", `-dir=${data}`, "-ip=127.0.0.1", "-ip.bind=127.0.0.1"],
    ...["-master.telemetry=false", "-admin.ui=false", "-webdav=false", "-s3.port.iceberg=0", "-s3.port.lance=0"],
    ...services.flatMap((name, i) => [`-${name}.port=${ports[2 * i]}`, `-${name}.port.grpc=${ports[2 * i + 1]}`]),
    ...[`-filer.localSocket=${folder}/filer.sock`, `-s3.localSocket=${folder}/s3.sock`, "-s3.domainName=s3.localhost"],
    ...[`-bucket=${bucket}`, `-s3.config=${config}`, `-s3.iam.config=${file("iam.json", iam)}`],
  ];
}

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
