// What must be seen nowhere: every secret that any worker of a test file has, is sent or gives away is known here, and
// the harness looks for all of them wherever a worker leaves something.

/** Secrets by their text: no answer, log line or KV record may hold one. */
const secrets = new Map();

/** What answers are for, such as signatures: no log line or KV record may hold it. */
const given = new Map();

/** Shorter texts than this could stand anywhere. */
const shortest = 16;

/** Remembers that `text` is `what`, such as "a bearer key". */
export function keepSecret(what, text) {
  if (typeof text === "string") remember(secrets, what, text);
}

/** Of a worker that has the bindings `vars`. */
export function keepBindings(vars) {
  for (const name of ["AWS_WEB_IDENTITY_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    for (const text of String(vars[name] ?? "").split(/[\s,]+/)) keepSecret(name, text);
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
  remember(given, "a session token", sessionToken);
}

/** Of a request for `path` with `headers`. */
export function keepRequest(path, headers) {
  for (const name of ["authorization", "cf-access-jwt-assertion"]) {
    const [, text] = /^(?:bearer )?(.*)$/is.exec(headers[name] ?? "");
    keepSecret(`what came in ${name}`, text);
  }
  keepGiven(path);
}

/** Of what a worker gives whoever asks: signatures, session tokens, links and handles of uploads. */
function keepGiven(text) {
  const forms = {
    "a link": /\/c\/([\w-]+\.[\w-]+\.[\w-]+)/g,
    "a signature": /X-Amz-Signature(?:=|":")([0-9a-f]+)/gi,
    "a session token": /X-Amz-Security-Token(?:=|":")([^&"]+)/gi,
    "a handle": /"handle":"([\w-]+)"/g,
  };
  for (const [what, form] of Object.entries(forms)) {
    for (const [, found] of text.matchAll(form)) remember(given, what, decodeURIComponent(found));
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

/** What one of the `answers`, of the lines of `logs` or of what lies in `kv` holds although it must not. */
export function findLeaks({ answers, logs, kv }) {
  const leaks = [];
  for (const [where, texts, kinds] of [
    ["an answer", answers, [secrets]],
    ["the log", logs, [secrets, given]],
    ["KV", kv, [secrets, given]],
  ]) {
    const all = texts.join("\n");
    for (const [secret, what] of kinds.flatMap((kind) => [...kind])) {
      for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
        if (all.includes(form)) leaks.push(`${what} is in ${where}: ${texts.find((text) => text.includes(form))}`);
      }
    }
  }
  return leaks;
}

/** Makes the test file fail. Nothing is thrown, lest what else is to be stopped runs on for ever. */
export function report(leak) {
  console.error(`A secret was seen: ${leak}`);
  process.exitCode = 1;
}

/** Remembers `text` and, as that is enough to know a token again, each long part of it between dots. */
function remember(kind, what, text) {
  for (const part of [text, ...text.split(".").filter((part) => part.length > 32)]) {
    if (part.length >= shortest && !kind.has(part)) kind.set(part, what);
  }
}
