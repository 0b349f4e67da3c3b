// What must be seen nowhere: every secret that any worker of a test file has, is sent or gives away is known here, and
// the harness looks for all of them wherever a worker leaves something, in any coat (see coats.mjs).
import { subscribe } from "node:diagnostics_channel";
import { Known } from "./coats.mjs";

/** Secrets: no answer, log line, KV record, data point or request may hold one. */
const secrets = new Known();

/** What answers are for, such as signatures: nothing else may hold it. */
const given = new Known();

/** Remembers that `text` is `what`, such as "a bearer key". */
export function keepSecret(what, text) {
  if (typeof text === "string") secrets.add(what, text);
}

/** Of a worker that has the bindings `vars`. */
export function keepBindings(vars) {
  for (const name of ["AWS_WEB_IDENTITY_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    for (const text of String(vars[name] ?? "").split(/[\s,]+/)) keepSecret(name, text);
  }
  for (const jwk of JSON.parse(vars.OIDC_SIGNING_KEYS ?? "[]")) {
    for (const name of ["d", "p", "q", "dp", "dq", "qi"]) {
      keepSecret(`a signing key's ${name}`, jwk[name]);
      keepSecret(`a signing key's ${name} as bytes`, Buffer.from(jwk[name] ?? "", "base64url").toString("latin1"));
    }
  }
  for (const name of ["CACHE_KEY", "LINK_KEY"]) {
    for (const text of String(vars[name] ?? "").split(",")) {
      keepSecret(name, text.trim());
      keepSecret(`${name} as bytes`, Buffer.from(text, "base64").toString("latin1"));
    }
  }
}

/** Of a session that STS granted. Its token is part of every presigned URL. */
export function keepSession({ secretAccessKey, sessionToken }) {
  keepSecret("a secret access key", secretAccessKey);
  given.add("a session token", sessionToken);
}

/** Of a request for `path` with `headers`; a token is the only secret that comes in a `body`. */
export function keepRequest(path, headers, body) {
  if (path === "/v1/token") keepSecret("a pushed token", body);

  for (const name of ["authorization", "cf-access-jwt-assertion"]) {
    const [, text] = /^(?:bearer )?(.*)$/is.exec(headers[name] ?? "");
    keepSecret(`what came in ${name}`, text);
  }
  keepGiven(path);
}

/** Of what a worker gives whoever asks: signatures, session tokens, links, handles of uploads and receipts. */
function keepGiven(text) {
  const forms = {
    "a link": /\/c\/([\w-]+\.[\w-]+\.[\w-]+)/g,
    "a signature": /X-Amz-Signature(?:=|":")([0-9a-f]+)/gi,
    "a session token": /X-Amz-Security-Token(?:=|":")([^&"]+)/gi,
    "a handle": /"handle":"([\w-]+)"/g,
    "a receipt": /"receipt":"([\w.-]+)"/g,
  };
  for (const [what, form] of Object.entries(forms)) {
    for (const [, found] of text.matchAll(form)) given.add(what, decodeURIComponent(found));
  }
}

/** Resolves to the text of `answer`, headers first, and remembers what it gives. */
export async function readAnswer(answer) {
  const text = `${[...answer.headers].join("\n")}\n${await answer.clone().text()}`;
  keepGiven(text);
  return text;
}

/** Everything in KV, names and values. */
export async function readKv(kv) {
  const texts = [];
  let cursor;
  do {
    const page = await kv.list({ cursor });
    for (const { name } of page.keys) texts.push(name, Buffer.from(await kv.get(name, "arrayBuffer")).toString("latin1"));
    cursor = page.list_complete ? undefined : page.cursor;
  } while (cursor);
  return texts;
}

/** How a binding that is watched tells the harness what was written to it: in a line of the runtime. */
const note = `const note = (...texts) => console.log(${JSON.stringify("\u0002")} + JSON.stringify(texts));`;
const latin1 = `const text = (value) =>
  typeof value === "string" ? value : Array.from(new Uint8Array(value.buffer ?? value), (byte) => String.fromCharCode(byte)).join("");`;

/** A KV namespace, bound to it as KEPT, that notes what is written, even if it is overwritten or deleted later. */
export const watchedKv = `${note} ${latin1}
  export default ({ KEPT }) => ({
    get: (...request) => KEPT.get(...request),
    list: (...request) => KEPT.list(...request),
    delete: (...request) => KEPT.delete(...request),
    put(name, value, ...options) {
      note("KV", name, text(value), JSON.stringify(options));
      return KEPT.put(name, value, ...options);
    },
  });`;

/** A dataset of Analytics Engine that notes the data points, which would go nowhere otherwise. */
export const watchedAnalytics = `${note}
  export default () => ({ writeDataPoint: (point) => note("points", JSON.stringify(point)) });`;

/** What one of these bindings has noted in a line of the runtime: `{ where, texts }`; nothing for any other line. */
export function readNote(line) {
  if (!line.startsWith("\u0002")) return undefined;
  const [where, ...texts] = JSON.parse(line.slice(1));
  return { where, texts };
}

/**
 * What one of the `answers`, of the lines of `logs`, of what was in `kv`, of the data `points`, or of the `requests` to
 * others, as `{ method, url, headers, body }`, holds although it must not.
 */
export function findLeaks({ answers = [], logs = [], kv = [], points = [], requests = [] }) {
  const leaks = [];
  for (const [where, texts, kinds, allowed] of [
    ["an answer", answers, [secrets], given],
    ["the log", logs, [secrets, given]],
    ["KV", kv, [secrets, given]],
    ["a data point", points, [secrets, given]],
    ["a request to another host", requests.map(withoutWhatBelongs), [secrets, given]],
  ]) {
    for (const kind of kinds) {
      // A secret can be broken over several lines of a log.
      for (const { what, text } of kind.in(texts.join("\n"), allowed)) {
        const holds = (it) => kind.in(it, allowed).some((found) => found.text === text);
        leaks.push(`${what} is in ${where}: ${texts.find(holds) ?? "several lines together"}`);
      }
    }
  }
  return leaks;
}

/** A request's text, but for the token that STS is asked with, and for what S3 is asked with. */
function withoutWhatBelongs({ method, url, headers, body }) {
  let rest = { ...headers };
  let asked = url;
  let sent = body;
  if (/(?:^|&)Action=AssumeRoleWithWebIdentity(?:&|$)/.test(body)) {
    const parameters = new URLSearchParams(body);
    parameters.delete("WebIdentityToken");
    sent = parameters.toString();
  }
  if (/^AWS4-HMAC-SHA256 /.test(headers.authorization ?? "")) {
    rest.authorization = headers.authorization.replace(/Signature=[0-9a-f]{64}$/, "");
    delete rest["x-amz-security-token"];
  }
  if (/[?&]X-Amz-Signature=/.test(url)) {
    asked = url.replace(/([?&]X-Amz-(?:Signature|Security-Token))=[^&]*/g, "$1");
  }
  // A browser's form for S3.
  if (method === "POST" && /name="x-amz-signature"/.test(body)) {
    sent = body.replace(/(name="(?:policy|x-amz-signature|x-amz-security-token)"\r\n\r\n)[^\r]*/g, "$1");
  }
  return `${method} ${asked}\n${Object.entries(rest).join("\n")}\n${sent}`;
}

/** Every request to a server of this process, which STS, S3 or an issuer is for the workers. */
const received = [];

/** Servers of this process that stand for the worker, by their ports. */
const ports = new Set();

/** What is sent to the server at `port` may hold secrets: it hands it on to the worker. */
export function standsForWorker(port) {
  ports.add(port);
}

/** From now on whatever is sent to servers of this process is looked at, when all is over. */
export function watchServers() {
  subscribe("http.server.request.start", ({ request }) => {
    const { method, url, headers } = request;
    if (ports.has(request.socket.localPort)) return;
    const chunks = [];
    received.push({ method, url, headers, chunks });
    // Whoever answers reads the body; this only looks on.
    const push = request.push;
    request.push = (chunk, ...more) => {
      if (chunk) chunks.push(Buffer.from(chunk));
      return push.call(request, chunk, ...more);
    };
  });
  process.on("exit", () => {
    const requests = received.map(({ chunks, ...rest }) => ({ ...rest, body: Buffer.concat(chunks).toString("latin1") }));
    findLeaks({ requests }).forEach(report);
  });
}

/** Makes the test file fail. Nothing is thrown, lest what else is to be stopped runs on for ever. */
export function report(leak) {
  console.error(`A secret was seen: ${leak}`);
  process.exitCode = 1;
}
