// `npm test`: every kind of test, one after the other, with one summary at the end; with arguments only
// the stages of those keys.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { end, onSignal, start } from "./processes.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";
import { countNode, countRust, failuresOfNode, failuresOfRust } from "./test-output.mjs";

// Without these the Rust tests take ten times as long, and are ten times as large.
const optimised = { CARGO_PROFILE_DEV_OPT_LEVEL: "1", CARGO_PROFILE_DEV_DEBUG: "0" };
const rust = { env: optimised, count: countRust, failures: failuresOfRust };
// Half of what they do is to wait: for servers, and for sessions to end.
const filesAtOnce = availableParallelism() + 1;

const stages = [
  {
    key: "native",
    name: "cargo test",
    compile: ["build", "--tests"],
    command: "cargo",
    args: ["test", "--no-fail-fast", "--", "--quiet"],
    ...rust,
  },
  {
    key: "node",
    name: "wasm-pack test --node",
    compile: ["build", "--tests", "--target", "wasm32-unknown-unknown"],
    command: "wasm-pack",
    args: ["--log-level", "error", "test", "--node", "--mode", "no-install"],
    ...rust,
  },
  { key: "build", name: "build", command: process.execPath, args: [join("scripts", "build.mjs"), "worker", "checker"] },
  {
    key: "e2e",
    name: "end to end",
    command: process.execPath,
    args: ["--test", `--test-concurrency=${filesAtOnce}`, "--test-reporter=spec", "tests/e2e/*.test.mjs"],
    count: countNode,
    failures: failuresOfNode,
  },
];

let interrupted = false;

await main(async () => {
  await setUp({ localAws: true, tests: true });
  const chosen = process.argv.slice(2);
  const unknown = chosen.find((key) => !stages.some((stage) => stage.key === key));
  if (unknown) throw new Stop(`There is no stage ${unknown}: the stages are ${stages.map(({ key }) => key).join(", ")}.`);
  const results = [];
  for (const stage of stages.filter(({ key }) => chosen.length === 0 || chosen.includes(key))) {
    results.push(await run(stage));
    if (interrupted) return;
  }
  report(results);
});

async function run({ name, compile, command, args, env, count, failures }) {
  console.log(`\n== ${name}`);
  const begun = performance.now();
  let done = compile ? await compiled(compile, env) : { code: 0 };
  if (done.code === 0) done = await execute(command, args, env);
  const { code, text } = done;
  const counts = count?.(text) ?? { passed: 0, failed: 0 };
  const broken = code !== 0 || (count !== undefined && counts.passed + counts.failed === 0);
  // A stage that could not run its tests counts as one failure.
  if (broken && counts.failed === 0) counts.failed = 1;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  return { name, ...counts, hasTests: count !== undefined, places: failures?.(text) ?? [], seconds, code };
}

/** Compiles the tests under one line: without a word of cargo, but for errors and warnings. */
async function compiled(args, env) {
  let done;
  const compiling = step("Compiling the tests", async () => {
    done = await execute("cargo", ["--quiet", ...args], env);
    if (done.code !== 0) throw new Stop("The tests do not compile.");
  });
  // The summary tells it.
  await compiling.catch(() => {});
  return done;
}

/** Runs a command, and resolves to its exit code and to what it printed, without colours. */
async function execute(command, args, env) {
  const colours = process.stdout.isTTY ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {};
  const child = start(command, args, { cwd: root, env: { ...toolEnv(), ...env, ...colours }, stdio: ["ignore", "pipe", "pipe"] });
  // Tests have servers of their own to end.
  onSignal(() => {
    interrupted = true;
    return end(child, 5000);
  });
  let text = "";
  for (const [stream, out] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk) => {
      text += chunk;
      out.write(chunk);
    });
  }
  const closed = new Promise((resolve) => child.once("close", resolve));
  const { code, error } = await child.ended;
  if (error) console.error(error.message);
  else await closed;
  return { code, text: text.replace(/\x1b\[[0-9;]*m/g, "") };
}

function report(results) {
  console.log("\n== summary");
  for (const { name, passed, failed, hasTests, places, seconds, code } of results) {
    const outcome = hasTests ? `${passed} passed, ${failed} failed` : failed > 0 ? "failed" : "passed";
    const why = code === 0 ? (failed > 0 && passed === 0 ? " (no test ran)" : "") : ` (ended with ${code})`;
    console.log(`${name.padEnd(24)}${outcome}${why}, ${seconds} s`);
    for (const place of places) console.log(`  ${place}`);
  }
  const sum = (member) => results.reduce((total, result) => total + result[member], 0);
  const failed = sum("failed");
  console.log(`${sum("passed")} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
