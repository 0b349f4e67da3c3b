// An STS that grants everybody the same long session.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { root } from "../console.mjs";

const granted = readFileSync(join(root, "tests", "fixtures", "sts", "granted.xml"), "utf8");

/** Starts it on loopback, to answer AWS's own example with `credentials` and an end in 12 hours. */
export async function startSts({ accessKeyId, secretAccessKey, sessionToken }) {
  const values = { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken };
  const server = createServer((request, response) => {
    const Expiration = new Date(Date.now() + 12 * 3600_000).toISOString();
    const answer = Object.entries({ ...values, Expiration }).reduce(
      (xml, [name, value]) => xml.replace(new RegExp(`(?<=<${name}>)[^<]+`), value),
      granted,
    );
    request.resume().on("end", () => response.writeHead(200, { "content-type": "text/xml" }).end(answer));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
