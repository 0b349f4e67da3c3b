// SeaweedFS: S3 and STS on one port.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "./console.mjs";
import { startServer } from "./servers.mjs";
import { weed } from "./python.mjs";

/**
 * Starts SeaweedFS with one bucket, the IAM configuration `iam` and the identity of the aws4fetch
 * client `owner`. Resolves to `{ endpoint, stop }` when the bucket is there. Without `port` the
 * system chooses one.
 */
export async function startSeaweedFs({ bucket, owner, iam, port }) {
  if (!existsSync(weed)) throw new Stop("SeaweedFS is not installed: `npm run dev` installs it.");
  return startServer({
    name: "SeaweedFS",
    ports: 10,
    port,
    launch: (folder, ports) => ({ command: weed, args: serverArgs(folder, ports, { bucket, owner, iam }) }),
    ask: (endpoint) => owner.fetch(`${endpoint}/${bucket}`, { method: "HEAD" }),
  });
}

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
