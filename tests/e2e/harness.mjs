// What the end-to-end tests share: the built worker in workerd, and a proxy in front of STS.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Log, LogLevel, Miniflare } from "miniflare";
import { root } from "../../scripts/console.mjs";
import { startLocalAws as startSeaweed, workerConfig } from "../../scripts/local-aws.mjs";
import { documented } from "./documented.mjs";
import { startProxy } from "./proxy.mjs";
import {
  findLeaks, keepBindings, keepRequest, readAnswer, readKv, readNote, report, watchedAnalytics, watchedKv, watchServers,
} from "./secrecy.mjs";

export { startMiniStack } from "../../scripts/ministack.mjs";
export { startIssuer } from "../../scripts/oidc-issuer.mjs";
export { makeFolder, removeFolder } from "../../scripts/processes.mjs";
export { startProxy };

watchServers();

/** The real S3 and STS, see scripts/local-aws.mjs; workers ask STS through `proxy`, which knows every session. */
export async function startLocalAws(options) {
  const aws = await startSeaweed(options);
  const proxy = await startProxy(aws);
  const stop = () => Promise.all([proxy.stop(), aws.stop()]);
  return { ...aws, proxy, stop };
}

/** The bearer key of the caller `app` in `baseVars`. */
export const bearer = "a-bearer-key-for-tests-only";

/** The bearer key of the admin `operator` in `baseVars`. */
export const adminKey = "an-admin-key-for-tests-only";

/** The claims that the role of `startLocalAws` trusts. */
export const trustedClaims = { sub: "edge-presigner", aud: "sts.amazonaws.com" };

/** Bindings for a worker that works with `aws` and asks `sts` (a proxy, or `aws` itself) for credentials. */
export async function baseVars(aws, sts = aws) {
  const config = workerConfig(aws, bearer);
  config.CALLERS.operator = { bearerSha256: [createHash("sha256").update(adminKey).digest("hex")], admin: true };
  return {
    AWS_WEB_IDENTITY_TOKEN: await aws.issuer.token(trustedClaims),
    CACHE_KEY: createHash("sha256").update("cache key for tests only").digest("base64"),
    AWS_ENDPOINT_URL_STS: (sts.proxy ?? sts).endpoint,
    AWS_ENDPOINT_URL_S3: aws.endpoint,
    ...config,
  };
}

/**
 * Runs the built worker in workerd, with wrangler.toml's compatibility settings, and resolves to
 *
 * - `url`, and `fetch(path, init)` over its real port, which follows no redirect; `init.key` is
 *   sent as bearer key, `init.json` as JSON body;
 * - `kv`: the namespace SESSIONS, where it is Miniflare's own;
 * - `logs`: every line the worker or the runtime has written so far; `points`: every data point, in JSON;
 * - `scheduled()`: what the Cron Trigger does; resolves when it is done;
 * - `twin`: with the option of that name, another isolate with the same bindings and the same KV, as `{ fetch, scheduled }`;
 *   `twins`: all of them, where the option is a number;
 * - `tokenStore`: where the token lies, with `create(value)`, `update(value, id)`; only with the option of that
 *   name, which binds AWS_WEB_IDENTITY_TOKEN to a Secrets Store that is empty;
 * - `stop()`, after which the test file fails if a secret was in a log line, an answer, anything that was ever written to KV,
 *   or a data point: see secrecy.mjs. Not looked at are answers to requests that a test sends by other means than `fetch`,
 *   and a KV that the test itself made. What servers of this process were sent is looked at in the end;
 * - `leaks()`, which stops it as well, and resolves to these secrets instead.
 *
 * `vars` are the bindings, `undefined` leaves one out. `kv` says what is bound as SESSIONS: a
 * namespace, which `kvPersist` (a folder) lets outlive the worker; nothing, for `false`; or the
 * object that a module with the source text `kv` makes, for tests of a KV that fails. `around` is the source text of
 * a module that runs instead of the worker's own, which it can import as `./index.js`. `rateLimit`, such as
 * `{ limit: 2, period: 60 }`, binds RATE_LIMITER, and `analytics` binds ANALYTICS. KEPT is the namespace SESSIONS too, past the watch.
 * `objects` binds SESSION_OBJECT, for all twins the same; as a folder, it lets what objects store outlive the worker. `neighbours` are
 * other workers, as Miniflare takes them: `neighbour(name)` resolves to one, with `fetch`.
 */
export async function startWorker({ vars, kv = true, kvPersist = false, tokenStore = false, twin = false, around, objects = false, neighbours = [], ...others }) {
  const logs = [];
  const written = { KV: [], points: [] };
  const collect = (stream) =>
    createInterface({ input: stream }).on("line", (line) => {
      const note = readNote(line);
      if (note) written[note.where].push(...note.texts);
      else logs.push(line);
    });
  const worker = {
    name: "edge-presigner",
    modulesRoot: join(root, "build"),
    modules: [
      ...(around ? [{ type: "ESModule", path: join(root, "build", "around.js"), contents: around }] : []),
      { type: "ESModule", path: join(root, "build", "index.js") },
      { type: "CompiledWasm", path: join(root, "build", "index_bg.wasm") },
    ],
    ...compatibility(),
    bindings: Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== undefined)),
    wrappedBindings: {},
  };
  const workers = [worker];
  const stand = (binding, contents, more) => {
    worker.wrappedBindings[binding] = `watched-${binding}`.toLowerCase();
    workers.push({ name: worker.wrappedBindings[binding], modules: [{ type: "ESModule", path: `${binding}.js`, contents }], ...more });
  };
  if (kv === true) {
    worker.kvNamespaces = { KEPT: "SESSIONS" };
    stand("SESSIONS", watchedKv, { kvNamespaces: { KEPT: "SESSIONS" } });
  }
  if (typeof kv === "string") stand("SESSIONS", kv);
  if (others.rateLimit) worker.ratelimits = { RATE_LIMITER: { namespace_id: "1", simple: others.rateLimit } };
  if (others.analytics) stand("ANALYTICS", watchedAnalytics);
  const token = "AWS_WEB_IDENTITY_TOKEN";
  if (tokenStore) {
    delete worker.bindings[token];
    worker.secretsStoreSecrets = { [token]: { store_id: "store", secret_name: "token" } };
  }
  if (objects) worker.durableObjects = { SESSION_OBJECT: { className: "SessionObject", useSQLite: true } };
  const durableObjects = objects ? { SESSION_OBJECT: { ...worker.durableObjects.SESSION_OBJECT, scriptName: worker.name } } : {};
  const twins = Array.from({ length: Number(twin) }, (_, n) => `twin-${n}`);
  workers.push(...twins.map((name) => ({ ...worker, name, durableObjects })));
  workers.push(...neighbours.map((neighbour) => ({ ...compatibility(), durableObjects, modules: true, ...neighbour })));
  const miniflare = new Miniflare({
    workers,
    kvPersist,
    durableObjectsPersist: typeof objects === "string" ? objects : false,
    host: "127.0.0.1",
    port: 0,
    cf: false,
    log: new Log(LogLevel.NONE),
    handleRuntimeStdio: (out, err) => [out, err].forEach(collect),
  });
  const url = (await miniflare.ready).origin;
  keepBindings(vars);
  const answers = [];
  const watched = async (send, path, init) => {
    const options = requestInit(init);
    keepRequest(path, options.headers, options.body);
    const answer = await send(url + path, options);
    // What S3 answers is no concern of the worker's; and a test may break off.
    if (!answer.redirected) answers.push(readAnswer(answer).catch(() => ""));
    // What a module around it makes of an answer is not the worker's.
    return around ? answer : documented(answer, path, options.method);
  };
  const isolate = async (name) => {
    const fetcher = await miniflare.getWorker(name);
    return {
      fetch: (path, init) => watched((...request) => fetcher.fetch(...request), path, init),
      scheduled: async () => assert.equal((await fetcher.scheduled()).outcome, "ok"),
    };
  };
  const namespace = kv === true ? await miniflare.getKVNamespace("KEPT") : undefined;
  const leaks = async () => {
    const texts = await Promise.all(answers);
    const left = namespace ? await readKv(namespace) : [];
    await miniflare.dispose();
    return findLeaks({ answers: texts, logs, kv: [...left, ...written.KV], points: written.points });
  };
  return {
    url,
    fetch: (path, init) => watched(fetch, path, init),
    scheduled: async () => (await isolate(worker.name)).scheduled(),
    twin: twin ? await isolate(twins[0]) : undefined,
    twins: await Promise.all(twins.map(isolate)),
    neighbour: (name) => miniflare.getWorker(name),
    kv: namespace,
    tokenStore: tokenStore ? (await miniflare.getSecretsStoreSecretAPI(token))() : undefined,
    logs,
    points: written.points,
    leaks,
    stop: async () => (await leaks()).forEach(report),
  };
}

function requestInit({ key, json, headers, ...init } = {}) {
  const all = { ...headers };
  if (key !== undefined) all.authorization = `Bearer ${key}`;
  if (json !== undefined) all["content-type"] = "application/json";
  const body = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
  return { redirect: "manual", signal: AbortSignal.timeout(30_000), ...body, ...init, headers: all };
}

/**
 * Runs `work` with a worker that holds no session, and the proxy through which it asks `aws` for
 * one. `vars` replace bindings; the rest is for `startWorker`.
 */
export async function withFreshWorker(aws, { vars, ...options }, work) {
  const sts = await startProxy(aws);
  let worker;
  try {
    worker = await startWorker({ vars: { ...(await baseVars(aws, sts)), ...vars }, ...options });
    await work(worker, sts);
  } finally {
    await worker?.stop();
    await sts.stop();
  }
}

function compatibility() {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8");
  const flags = text.match(/^compatibility_flags = (\[.*\])/m)?.[1] ?? "[]";
  return {
    compatibilityDate: text.match(/^compatibility_date = "(.+)"/m)[1],
    compatibilityFlags: JSON.parse(flags),
  };
}
