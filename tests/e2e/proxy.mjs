// A proxy in front of STS, S3 or the worker that counts, records, and answers or fails as a test tells it.
import { createServer, request as send } from "node:http";
import { keepSecret, keepSession, standsForWorker } from "./secrecy.mjs";

/**
 * Starts a proxy on loopback in front of `target.endpoint`, which sends `Host` on as `host` where that is given, and resolves to
 *
 * - `endpoint`: its URL;
 * - `calls`: how many AssumeRoleWithWebIdentity requests came; `requests`: what came, as
 *   `{ method, url, headers, body }`;
 * - `sessions`: what STS granted through it, as `{ accessKeyId, secretAccessKey, sessionToken, expiresAt }`;
 * - `next(answer, times)`: what the next calls get instead of the target: `{ status, headers, body }`,
 *   `"hang"` (no answer) or `"reset"` (the connection is cut); with `"lose"` they reach the target, but the connection is
 *   cut before its answer, and a function makes another answer of that one. A body shorter than the `content-length` among `headers` stalls there. Calls after these reach the
 *   target again, and `next(answer, Infinity)` holds until `pass()`;
 * - `delay(ms)`: how long every call waits before it is passed on;
 * - `stop()`.
 *
 * The target gets `rewrite(url)` in place of each path and query. `isWorker` says that the target is the worker, which is
 * sent secrets.
 */
export async function startProxy(target, { host, rewrite = (url) => url, isWorker = false } = {}) {
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
      const body = Buffer.concat(chunks);
      requests.push({ method, url, headers, body: body.toString() });
      keepSecret("the OIDC token", new URLSearchParams(body.toString()).get("WebIdentityToken"));
      let answer = planned.shift() ?? always ?? (await forward({ method, url, headers, body }));
      if (answer === "hang") return;
      if (typeof answer === "function") answer = answer(await forward({ method, url, headers, body }));
      if (answer === "lose") {
        await forward({ method, url, headers, body });
        answer = "reset";
      }
      if (answer === "reset") return request.socket.resetAndDestroy();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      // The caller went away, or STS did.
      request.socket.destroy();
    }
  });

  /** The request goes on as it is, `Host` included, which S3's signatures are about. */
  async function forward({ method, url, headers: sent, body }) {
    const headers = host ? { ...sent, host } : sent;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const answer = await new Promise((resolve, reject) => {
      send(target.endpoint + rewrite(url), { method, headers, agent: false }, resolve).on("error", reject).end(body);
    });
    const answered = Buffer.concat(await answer.toArray());
    const text = answered.toString();
    if (answer.statusCode === 200 && text.includes("<AssumeRoleWithWebIdentityResult")) {
      sessions.push(readSession(text));
      keepSession(sessions.at(-1));
    }
    const { connection, "transfer-encoding": encoding, "keep-alive": keepAlive, ...rest } = answer.headers;
    return { status: answer.statusCode, headers: rest, body: answered };
  }

  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address();
  if (isWorker) standsForWorker(port);
  return {
    endpoint: `http://127.0.0.1:${port}`,
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
