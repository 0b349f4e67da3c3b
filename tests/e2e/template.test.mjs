// packages/template, which `npx edge-presigner init`, the button "Deploy to Cloudflare" and `npm create cloudflare` copy. What the button
// reads: https://developers.cloudflare.com/workers/platform/deploy-buttons/
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { manifest, root } from "../../scripts/console.mjs";
import { blocks } from "./guides/page.mjs";
import { makeFolder } from "./harness.mjs";

const folder = join(root, "packages", "template");
const text = (name) => readFileSync(join(folder, name), "utf8");
const packageJson = JSON.parse(text("package.json"));
const read = (path) => readConfig({ config: path }, { hideWarnings: true });

/** Names of the bindings and variables in a configuration: whatever has a `binding` or, as rate limiters, a `name`. */
function bindings({ vars, ratelimits, ...config }) {
  const named = (value) => (value && typeof value === "object" ? [value.binding, ...Object.values(value).flatMap(named)] : []);
  return [...Object.keys(vars), ...ratelimits.map(({ name }) => name), ...named(config)].filter((name) => typeof name === "string");
}

const secrets = [...text(".dev.vars.example").matchAll(/^([A-Z_]+)=(.*)$/gm)];

test("everything that the button asks for has a description, and it asks for nothing else", () => {
  const asked = [...bindings(read(join(folder, "wrangler.toml"))), ...secrets.map(([, name]) => name)];
  assert.deepEqual(asked.sort(), ["AWS_REGION", "AWS_ROLE_ARN", "CACHE_KEY", "CALLERS", "OIDC_ISSUER", "OIDC_SIGNING_KEYS", "PROFILES", "SESSIONS"]);
  assert.deepEqual(Object.keys(packageJson.cloudflare.bindings).sort(), asked);
  for (const { description, ...others } of Object.values(packageJson.cloudflare.bindings)) {
    assert.ok(description.length > 20 && description.endsWith("."), description);
    assert.deepEqual(others, {});
  }
});

test("no secret has a value that somebody could deploy as it is", () => {
  for (const [, name, value] of secrets) assert.equal(value, "", name);
  assert.ok(!/bearerSha256 = \[".+"\]/.test(text("wrangler.toml")));
});

test("the template stands alone, with the versions of this repository", () => {
  assert.deepEqual(packageJson.dependencies, { "edge-presigner": `^${manifest.version}` });
  assert.deepEqual(packageJson.devDependencies, { wrangler: `^${manifest.devDependencies.wrangler}` });
  const { main } = read(join(folder, "wrangler.toml"));
  assert.ok(existsSync(main) && !relative(folder, main).startsWith(".."), main);
  assert.equal(packageJson.scripts.deploy, "wrangler deploy");
  assert.equal(packageJson.scripts.build, undefined, "nothing is built");
});

test("its wrangler.toml is that of this repository, but for the build and the issuer", () => {
  const [own, original] = [join(folder, "wrangler.toml"), join(root, "wrangler.toml")].map((path) => {
    const { main, build, configPath, userConfigPath, ...config } = read(path);
    return config;
  });
  const { OIDC_ISSUER, ...vars } = own.vars;
  assert.match(OIDC_ISSUER, /^https:\/\/.*example\.com$/);
  assert.deepEqual({ ...own, vars }, { ...original, vars: { ...original.vars } });
  // Where comments switch something on, it is the same too.
  for (const line of ["# routes = ", "# binding = ", "# dataset = ", "# class_name = ", "# tag = ", "# new_sqlite_classes = "]) {
    const of = (path) => readFileSync(path, "utf8").split("\n").find((it) => it.startsWith(line));
    assert.equal(of(join(folder, "wrangler.toml")) ?? "missing", of(join(root, "wrangler.toml")));
  }
});

test("what it offers in comments is valid too", () => {
  const wrangler = text("wrangler.toml").replace(/^# (\[|\w+ = )/gm, "$1");
  const place = join(makeFolder("edge-presigner-template-"), "wrangler.toml");
  writeFileSync(place, wrangler.replace('"src/index.js"', JSON.stringify(join(folder, "src", "index.js"))));
  const { ratelimits, analytics_engine_datasets: datasets, routes, vars, durable_objects: objects, migrations } = read(place);
  assert.deepEqual([ratelimits[0].name, datasets[0].binding, routes[0].custom_domain], ["RATE_LIMITER", "ANALYTICS", true]);
  assert.deepEqual(vars.RATE_LIMIT, ratelimits[0].simple);
  assert.deepEqual([objects.bindings.length, { ...objects.bindings[0] }], [1, { name: "SESSION_OBJECT", class_name: "SessionObject" }]);
  assert.deepEqual(migrations[0].new_sqlite_classes, ["SessionObject"]);
});

test("the lines of the guide from nothing configure it too", () => {
  const place = makeFolder("edge-presigner-template-");
  cpSync(folder, place, { recursive: true });
  const script = blocks("from-nothing.md", "sh").join("\n");
  const [sed] = script.match(/^sed -i(?:.*\\\n)+.*$/m);
  const env = { ...process.env, HOST: "sign.here.example", WORKER: "https://sign.here.example", AWS_DEFAULT_REGION: "eu-west-1", HASH: "a".repeat(64), ACCOUNT: "210987654321", BUCKET: "pictures" };
  assert.equal(spawnSync("sh", ["-euc", sed], { cwd: place, env }).status, 0);
  const { routes, vars } = read(join(place, "wrangler.toml"));
  assert.equal(routes[0].pattern, env.HOST);
  assert.deepEqual([vars.OIDC_ISSUER, vars.AWS_REGION, vars.AWS_ROLE_ARN], [env.WORKER, env.AWS_DEFAULT_REGION, `arn:aws:iam::${env.ACCOUNT}:role/presigner`]);
  assert.deepEqual([vars.CALLERS.app.bearerSha256, vars.PROFILES.avatars.bucket], [[env.HASH], env.BUCKET]);
  // What the guide runs by npm.
  const commands = [...script.matchAll(/npm run (?:--silent )?(\w+)/g)].map(([, name]) => name);
  for (const name of commands) assert.ok(name in packageJson.scripts, name);
});

test("`npm run check` accepts it", () => {
  const done = spawnSync(process.execPath, [join(root, "scripts", "check.mjs"), "--config", join(folder, "wrangler.toml")], { encoding: "utf8" });
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^No errors and no warnings\.$/m);
});
