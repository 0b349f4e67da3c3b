// `npm test`: every kind of test, one after the other, with one summary at the end; with arguments only
// the stages of those keys.
import { join } from "node:path";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { end, onSignal, start } from "./processes.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

let interrupted = false;

await main(async () => {
  await setUp({ localAws: true, tests: true });
  const stages = [
    { key: "native", name: "cargo test", command: "cargo", args: ["test", "--no-fail-fast"], count: countRust },
    {
      key: "node",
      name: "wasm-pack test --node",
      command: "wasm-pack",
      args: ["--log-level", "error", "test", "--node", "--mode", "no-install"],
      // Without these the tests take ten times as long, and are ten times as large.
      env: { CARGO_PROFILE_DEV_OPT_LEVEL: "1", CARGO_PROFILE_DEV_DEBUG: "0" },
      count: countRust,
    },
    { key: "build", name: "build", command: process.execPath, args: [join("scripts", "build.mjs"), "worker", "checker"] },
    {
      key: "e2e",
      name: "end to end",
      command: process.execPath,
      args: ["--test", "--test-reporter=spec", "tests/e2e/*.test.mjs"],
      count: countNode,
    },
  ];
  const results = [];
  const chosen = process.argv.slice(2);
  const unknown = chosen.find((key) => !stages.some((stage) => stage.key === key));
  if (unknown) throw new Stop(`There is no stage ${unknown}: the stages are ${stages.map(({ key }) => key).join(", ")}.`);
  for (const stage of stages.filter(({ key }) => chosen.length === 0 || chosen.includes(key))) {
    results.push(await run(stage));
    if (interrupted) return;
  }
  report(results);
});

async function run({ name, command, args, env: more, count }) {
  console.log(`\n== ${name}`);
  const begun = performance.now();
  const env = { ...toolEnv(), ...more, ...(process.stdout.isTTY ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {}) };
  const child = start(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
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
  const counts = count?.(text.replace(/\x1b\[[0-9;]*m/g, "")) ?? { passed: 0, failed: 0 };
  const broken = code !== 0 || (count !== undefined && counts.passed + counts.failed === 0);
  // A stage that could not run its tests counts as one failure.
  if (broken && counts.failed === 0) counts.failed = 1;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  return { name, ...counts, hasTests: count !== undefined, seconds, code };
}

function report(results) {
  console.log("\n== summary");
  for (const { name, passed, failed, hasTests, seconds, code } of results) {
    const outcome = hasTests ? `${passed} passed, ${failed} failed` : failed > 0 ? "failed" : "passed";
    const why = code === 0 ? (failed > 0 && passed === 0 ? " (no test ran)" : "") : ` (ended with ${code})`;
    console.log(`${name.padEnd(24)}${outcome}${why}, ${seconds} s`);
  }
  const sum = (member) => results.reduce((total, result) => total + result[member], 0);
  const failed = sum("failed");
  console.log(`${sum("passed")} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function countRust(text) {
  return total(text, /^test result: .*?(\d+) passed; (\d+) failed/gm);
}

function countNode(text) {
  const of = (name) => Number(text.match(new RegExp(`^(?:#|ℹ) ${name} (\\d+)`, "m"))?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail") + of("cancelled") };
}

function total(text, pattern) {
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of text.matchAll(pattern)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  return counts;
}
