// docs/clients/pip.md: pip installs from a private index.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { events, linkTo } from "./answers.mjs";
import { profilesOf } from "./guides/profiles.mjs";
import { python } from "./guides/python.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

const wheel = "tiny-1.0-py3-none-any.whl";
// The least that a wheel has: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
const maker = `
import sys, zipfile
info = "tiny-1.0.dist-info/"
files = {
    "tiny.py": "print('it is installed')",
    info + "METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n",
    info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for name, text in files.items():
        wheel.writestr(name, text)
`;

let aws, worker, folder;
before(async () => {
  folder = makeFolder("edge-presigner-pip-");
  aws = await startLocalAws();
  await python(["-c", maker, join(folder, wheel)]);
  const bytes = readFileSync(join(folder, wheel));
  const digest = createHash("sha256").update(bytes).digest("hex");
  const page = `<!DOCTYPE html><html><body><a href="${wheel}#sha256=${digest}">${wheel}</a></body></html>`;
  await aws.putObject(`simple/tiny/${wheel}`, bytes);
  await aws.putObject("simple/tiny/index.html", page, "text/html");
  const vars = await baseVars(aws);
  vars.PROFILES = await profilesOf("clients/pip.md", aws);
  vars.PROFILES.redirected = { ...vars.PROFILES.packages, inline: [] };
  vars.LINK_KEY = randomBytes(32).toString("base64");
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  removeFolder(folder);
});

/** Installs `name` into a folder of its own: resolves to that. */
async function install(index, name) {
  const target = join(folder, randomBytes(4).toString("hex"));
  const fixed = ["--isolated", "--no-cache-dir", "--no-input", "--retries", "0", "--disable-pip-version-check", "--no-deps"];
  await python(["-m", "pip", "install", ...fixed, "--target", target, "--index-url", index, name]);
  return target;
}

const withKey = (profile) => `http://user:${bearer}@${new URL(worker.url).host}/o/${profile}/simple/`;

describe("pip installs the package", () => {
  const indexes = {
    "with a key as the password": () => withKey("packages"),
    "with a link": () => linkTo(worker, "packages", "simple/"),
  };
  for (const [how, index] of Object.entries(indexes)) {
    test(how, async () => {
      const target = await install(await index(), "tiny");
      assert.equal(await python(["-c", "import tiny"], { cwd: target }), "it is installed\n");
      const requests = events(worker).filter(({ event }) => event === "request");
      assert.deepEqual(requests.slice(-2).map(({ status }) => status), [200, 302], "the page and the file");
    });
  }
});

test("a package that is not there is one that pip does not find", async () => {
  await assert.rejects(install(withKey("packages"), "absent"), /No matching distribution found for absent/);
});

test("without inline pages, pip does not get the file", async () => {
  await assert.rejects(install(withKey("redirected"), "tiny"), /403/);
});
