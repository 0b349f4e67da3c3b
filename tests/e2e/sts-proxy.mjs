// A proxy in front of STS that counts, records, and answers or fails as a test tells it.
import { createServer } from "node:http";

/**
 * Starts a proxy on loopback in front of `target.endpoint` and resolves to
 *
 * - `endpoint`: its URL;
 * - `calls`: how many AssumeRoleWithWebIdentity requests came; `requests`: what came, as
 *   `{ method, url, headers, body }`;
 * - `sessions`: what STS granted through it, as `{ accessKeyId, secretAccessKey, sessionToken, expiresAt }`;
 * - `next(answer, times)`: what the next calls get instead of STS: `{ status, headers, body }`,
 *   `"hang"` (no answer) or `"reset"` (the connection is cut). A body shorter than the
 *   `content-length` among `headers` stalls there. Calls after these reach STS again, and
 *   `next(answer, Infinity)` holds until `pass()`;
 * - `delay(ms)`: how long every call waits before it is passed on;
 * - `stop()`.
 */
export async function startStsProxy(target) {
  const requests = [];
  const sessions = [];
  let planned = [];
  let always;
  let wait = 0;
  const server = createServer(async (request, response) => {
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      requests.push({ method, url, headers, body });
      const answer = planned.shift() ?? always ?? (await forward({ method, url, headers, body }));
      if (answer === "hang") return;
      if (answer === "reset") return request.socket.resetAndDestroy();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The caller went away, or STS did.
      request.socket.destroy();
    }
  });

  async function forward({ method, url, headers, body }) {
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const { host, connection, "content-length": length, "transfer-encoding": encoding, expect, ...rest } = headers;
    const answer = await fetch(target.endpoint + url, { method, headers: rest, body: body || undefined });
    const type = answer.headers.get("content-type");
    const text = await answer.text();
    if (answer.ok) sessions.push(readSession(text));
    return { status: answer.status, headers: type ? { "content-type": type } : {}, body: text };
  }

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    requests,
    sessions,
    get calls() {
      return requests.filter(({ body }) => body.includes("Action=AssumeRoleWithWebIdentity")).length;
    },
    next(answer, times = 1) {
      if (times === Infinity) always = answer;
      else planned.push(...Array(times).fill(answer));
    },
    pass() {
      planned = [];
      always = undefined;
    },
    delay(ms) {
      wait = ms;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function readSession(xml) {
  const text = (name) => xml.match(new RegExp(`<${name}>([^<&]+)</${name}>`))[1];
  return {
    accessKeyId: text("AccessKeyId"),
    secretAccessKey: text("SecretAccessKey"),
    sessionToken: text("SessionToken"),
    expiresAt: new Date(text("Expiration")),
  };
}
