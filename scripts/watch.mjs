// `npm run test:watch -- callers::jwt`: the tests of one module, natively, at once and after each change of a source; with a file
// of tests/e2e, the worker is built and that file is run.
import { existsSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { end, onSignal, start } from "./processes.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

// An editor writes a file in several steps.
const quietMillis = 150;

await main(async () => {
  const [what, ...more] = process.argv.slice(2);
  if (!what || more.length > 0) throw new Stop("Give one module or file: npm run test:watch -- callers::jwt");
  const isFile = what.endsWith(".mjs");
  if (isFile && !existsSync(join(root, what))) throw new Stop(`There is no file ${what}.`);
  await setUp(isFile ? { localAws: true, tests: true } : {});
  const commands = isFile
    ? [
        [process.execPath, join("scripts", "build.mjs")],
        [process.execPath, "--test", "--test-reporter=spec", what],
      ]
    : [["cargo", "test", "--test", "tests", what]];

  let changed;
  for (const folder of ["src", "tests", "scripts", "packages"]) {
    watch(join(root, folder), { recursive: true }, (_event, name) => {
      // Editors' own files are no sources.
      if (name && !/(^|\/)\.|~$/.test(name)) changed?.();
    });
  }
  for (;;) {
    const change = new Promise((resolve) => (changed = resolve));
    console.log(`\n== ${what}, ${new Date().toLocaleTimeString()}`);
    await runUntil(change, commands);
    await change;
    await delay(quietMillis);
  }
});

/** Runs the commands one after the other, up to the first that fails; a change ends what runs. */
async function runUntil(change, commands) {
  for (const [command, ...args] of commands) {
    const child = start(command, args, { cwd: root, env: toolEnv(), stdio: ["ignore", "inherit", "inherit"] });
    onSignal(() => end(child, 5000));
    const first = await Promise.race([child.ended, change]);
    if (first === undefined) return end(child, 5000);
    if (first.code !== 0) return;
  }
}
