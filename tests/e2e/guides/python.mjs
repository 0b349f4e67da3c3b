// Python with the modules of the tests.
import { spawn } from "node:child_process";
import { testPython } from "../../../scripts/setup.mjs";

/** Runs Python with `args`; resolves to what it wrote, and fails with that where it fails. */
export function python(args, { env, timeout = 60_000, ...options } = {}) {
  const clean = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PIP_CONFIG_FILE: "/dev/null", NETRC: "/dev/null", ...env };
  const child = spawn(testPython, args, { env: clean, timeout, ...options });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (texts[name] += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(texts.stdout);
      else reject(new Error(`Python ended with ${status}: ${texts.stdout}${texts.stderr}`));
    });
  });
}
