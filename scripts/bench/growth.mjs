// What a request takes in edge-presigner where the configuration is large, or where many people send requests.
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { rotated, settledMs, spread, timed, withProcesses } from "./running.mjs";
import { requests } from "./subjects.mjs";

const asked = requests["GET /o/…"];
const { authorization, ...anonymous } = asked.headers;
const withBearer = (key) => ({ ...asked, headers: { ...anonymous, authorization: `Bearer ${key}` } });
const numbered = (size, make) => Array.from({ length: size }, (_, index) => make(index));

/** So many requests come first, and are not counted: whatever can be remembered is. */
const warmUp = 10_000;

/**
 * The cases, as `{ kind, size, asked, bindings }`: `asked` are the requests that are sent in turn. The first case of a `kind` is what
 * the others are compared with. `bindings` are those of the subject edge-presigner; `issuer` is that of `startIssuer`; no `size` is
 * above `most`.
 */
export function makeCases({ bindings }, issuer, most = 10_000) {
  const { avatars } = bindings.PROFILES;
  const profiles = (size) => {
    const named = numbered(size, (index) => [`avatars-${index}`, { ...avatars, bucket: `avatars-${index}` }]);
    const asks = named.map(([name]) => ({ ...asked, path: asked.path.replace("avatars", name) }));
    return { asked: asks, bindings: { ...bindings, PROFILES: Object.fromEntries(named) } };
  };
  const bearerKeys = (size) => {
    const keys = numbered(size, (index) => `a-bearer-key-for-the-benchmark-only-${index}`);
    const bearerSha256 = keys.map((key) => createHash("sha256").update(key).digest("hex"));
    return { asked: keys.map(withBearer), bindings: { ...bindings, CALLERS: { app: { bearerSha256 } } } };
  };
  const linkKeys = (size) => {
    const keys = numbered(size, (index) => createHash("sha256").update(`link key ${index}`).digest());
    const links = numbered(100, (index) => ({ ...asked, headers: anonymous, path: `/c/${capability(index, keys[index % size])}${asked.path}` }));
    const linked = { PROFILES: { avatars: { ...avatars, callers: ["link"] } }, LINK_KEY: keys.map((key) => key.toString("base64")).join(",") };
    return { asked: links, bindings: { ...bindings, ...linked } };
  };
  const users = (algorithm) => (size) => {
    const asks = numbered(size, (index) => {
      const sub = `user-${String(index).padStart(6, "0")}`;
      return { ...withBearer(issuer.token(algorithm, sub)), path: asked.path.replace("users/", `users/${sub}/`) };
    });
    const web = { jwt: { issuer: issuer.url, audience: "bench" } };
    const own = { ...avatars, callers: ["web"], keyPrefix: "users/{sub}/" };
    return { asked: asks, bindings: { ...bindings, CALLERS: { web }, PROFILES: { avatars: own } } };
  };
  const kinds = [
    ["profiles", profiles, [1, 1000]],
    ["bearer keys", bearerKeys, [1, 1000]],
    ["link keys", linkKeys, [1, 10]],
    ["users with tokens by ES256", users("ES256"), [1, 1000, 10_000]],
    ["users with tokens by RS256", users("RS256"), [1, 1000, 10_000]],
  ];
  return kinds.flatMap(([kind, make, sizes]) => sizes.filter((size) => size <= most).map((size) => ({ kind, size, ...make(size) })));
}

/**
 * Measures `cases` in `processes` processes each of the worker `modules`, and resolves to a `Map` from case to the CPU time of
 * a request, `perRequestUs`, and of the first one, `firstMs`, one figure for each process. In each of `rounds` every case has a turn
 * of `count` requests.
 */
export async function measureGrowth({ modules }, cases, { processes, rounds, count, before = warmUp }) {
  const results = new Map(cases.map((it) => [it, { firstMs: [], perRequestUs: [] }]));
  const subjects = cases.map((it) => ({ ...it, modules, of: it }));
  for (let turn = 0; turn < processes; turn++) {
    await withProcesses(rotated(subjects, turn, processes), async (running) => {
      await delay(settledMs);
      const idle = running.map(({ workerd }) => workerd.cpuMs());
      for (const { subject, client } of running) await client.repeat(subject.asked, 1);
      await delay(settledMs);
      for (const [index, { subject, workerd }] of running.entries()) results.get(subject.of).firstMs.push(workerd.cpuMs() - idle[index]);
      for (const { subject, client } of running) await client.repeat(subject.asked, before, 1);
      const figures = running.map(() => []);
      for (let round = 0; round < rounds; round++) {
        for (const [index, { subject, workerd, client }] of running.entries()) {
          const ms = await timed(workerd, () => client.repeat(subject.asked, count, 1 + before + round * count));
          figures[index].push((ms * 1000) / count);
        }
      }
      // The rounds are parts of one walk through all that are asked, so they are not alike.
      const mean = (list) => list.reduce((sum, us) => sum + us, 0) / list.length;
      for (const [index, { subject }] of running.entries()) results.get(subject.of).perRequestUs.push(mean(figures[index]));
    });
  }
  return results;
}

/** Starts an issuer on loopback. `token(algorithm, sub)` is a token of an hour. */
export async function startIssuer() {
  const keys = {
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  };
  const jwks = { keys: Object.entries(keys).map(([alg, { publicKey }]) => ({ ...publicKey.export({ format: "jwk" }), alg, kid: alg, use: "sig" })) };
  let url;
  const server = createServer((request, response) => {
    const document = request.url === "/jwks" ? jwks : { issuer: url, jwks_uri: `${url}/jwks` };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    url,
    token(alg, sub) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: url, sub, aud: "bench", iat, exp: iat + 3600, name: "Ada Lovelace", email: `${sub}@example.com`, email_verified: true };
      const signed = `${part({ alg, typ: "JWT", kid: alg })}.${part(claims)}`;
      const key = { key: keys[alg].privateKey, dsaEncoding: "ieee-p1363" };
      return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As docs/callers-and-links.md describes it. */
function capability(index, key) {
  const grant = { profile: "avatars", keyPrefix: "users/", operations: ["getObject"], exp: Math.floor(Date.now() / 1000) + 3600 + index };
  const signed = `1.${Buffer.from(JSON.stringify(grant)).toString("base64url")}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

/** The rows of a table, the head first. */
export function growthRows(results) {
  const median = (it, name) => spread(results.get(it)[name]).median;
  const cases = [...results.keys()];
  const rows = cases.map((it) => {
    const us = median(it, "perRequestUs");
    const least = cases.find(({ kind }) => kind === it.kind);
    const ratio = it === least ? "" : (us / median(least, "perRequestUs")).toFixed(2);
    return [it.kind, it.size.toLocaleString("en"), us.toFixed(0), ratio, median(it, "firstMs").toFixed(1)];
  });
  return [["", "Number", "µs a request", "× the least", "first request, ms"], ...rows];
}
