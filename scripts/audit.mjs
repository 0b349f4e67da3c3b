// `npm run audit`: licences and sources of the crates by deny.toml, and known vulnerabilities of crates and npm packages.
// Vulnerabilities are looked up in databases, so that part needs the network: without an answer it is left out, and said.
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

/** So long may a database take, in milliseconds. */
const patience = 120_000;

/** What a run of `cargo deny check advisories` says: `{ ok }`, and the `notice` when nothing could be looked up. */
export function advisories({ status, stderr }) {
  if (status === 0) return { ok: true };
  const unreachable = status === null || /failed to (?:fetch|load|open) advisory database/.test(stderr);
  return unreachable ? { ok: true, notice: "The advisories of crates were not checked: their database cannot be reached." } : { ok: false };
}

/**
 * What the reports of `npm audit` say, of `production` dependencies and of `all`: whether they are `ok`, which those for
 * production are without findings of severity high or critical, and a `notice`.
 */
export function packages({ production, all }) {
  // npm asks nobody when there is nothing to ask about.
  const [bad, others] = [production, all].map(seriousIn);
  if (bad?.length > 0) return { ok: false, notice: `npm packages for production have known vulnerabilities: ${bad.join(", ")}.` };
  if (!bad || !others) return { ok: true, notice: "The advisories of npm packages were not checked: the registry does not answer." };
  return others.length > 0 ? { ok: true, notice: `npm packages for development have known vulnerabilities: ${others.join(", ")}.` } : { ok: true };
}

/** The packages with a serious finding in a report of `npm audit`; nothing where that is no report. */
function seriousIn(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!report?.vulnerabilities || !report.metadata) return undefined;
  const found = Object.entries(report.vulnerabilities);
  return found.filter(([, { severity }]) => ["high", "critical"].includes(severity)).map(([name, { severity }]) => `${name} (${severity})`);
}

function run(command, args) {
  const env = { ...process.env, ...toolEnv() };
  const done = spawnSync(command, args, { cwd: root, env, encoding: "utf8", timeout: patience, maxBuffer: 64 * 1024 * 1024 });
  if (done.error && done.error.code !== "ETIMEDOUT") throw new Stop(`${command} cannot be started: ${done.error.message}.`);
  return done;
}

async function audit() {
  await setUp({ checks: true });
  const deny = (...checks) => run("cargo", ["deny", "--locked", "check", "--hide-inclusion-graph", ...checks]);
  const rules = deny("licenses", "sources", "bans");
  process.stdout.write(rules.stderr + rules.stdout);
  const known = deny("advisories");
  const reports = ["--omit=dev", "--include=dev"].map((kind) => run("npm", ["audit", kind, "--json"]).stdout);
  const verdicts = [{ ok: rules.status === 0 }, advisories(known), packages({ production: reports[0], all: reports[1] })];
  if (!verdicts[1].ok) process.stdout.write(known.stderr + known.stdout);
  for (const { notice } of verdicts) if (notice) console.log(`Note: ${notice}`);
  if (!verdicts.every(({ ok }) => ok)) throw new Stop("The dependencies are not as they should be: see above.");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(audit);
