// docs/clients/zarr.md: zarr-python opens private arrays over HTTP, in both formats of the store.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { events, linkTo } from "./answers.mjs";
import { blocks } from "./guides/page.mjs";
import { profilesOf } from "./guides/profiles.mjs";
import { python } from "./guides/python.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

const page = "clients/zarr.md";
// Python ends without saying so to the worker.
const goneClient = /^workerd\/.*disconnected/;
// 100 numbers in ten chunks, of which the last is left out.
const maker = `
import sys, zarr
for version in (2, 3):
    array = zarr.create_array(f"{sys.argv[1]}/v{version}", shape=(100,), chunks=(10,), dtype="i4", zarr_format=version, fill_value=7)
    array[:90] = range(90)
`;
const values = [...Array.from({ length: 90 }, (_, n) => n), ...Array(10).fill(7)];

let aws, worker, folder;
before(async () => {
  folder = makeFolder("edge-presigner-zarr-");
  aws = await startLocalAws();
  await python(["-c", maker, folder]);
  const files = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
  assert.ok(files.includes("v2/.zarray") && files.includes("v3/zarr.json"), files.join());
  for (const name of files) await aws.putObject(`arrays/${name}`, readFileSync(join(folder, name)));
  const vars = await baseVars(aws);
  vars.PROFILES = await profilesOf(page, aws);
  vars.PROFILES.redirected = { ...vars.PROFILES.arrays, inline: [] };
  vars.LINK_KEY = randomBytes(32).toString("base64");
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  removeFolder(folder);
});

/** What the code of the page prints of the array at `link`, as numbers. */
async function read(code, link) {
  const requests = () => events(worker, goneClient).filter(({ event }) => event === "request");
  const before = requests().length;
  const printed = await python(["-c", `LINK, KEY = ${JSON.stringify(link)}, ${JSON.stringify(bearer)}\n${code}`]);
  const statuses = requests().slice(before).map(({ status }) => status);
  return { numbers: printed.match(/\d+/g).map(Number), statuses: new Set(statuses) };
}

describe("the array is what it was, chunks that are not there too", () => {
  const [withLink, withKey] = blocks(page, "python");
  for (const version of ["v2", "v3"]) {
    test(`format ${version}, with a link`, async () => {
      const { numbers, statuses } = await read(withLink, await linkTo(worker, "arrays", `arrays/${version}/`));
      assert.deepEqual(numbers, values);
      assert.deepEqual([...statuses].filter((status) => status !== 404).sort(), [200, 302], "metadata and chunks");
    });
    test(`format ${version}, with a key`, async () => {
      const { numbers } = await read(withKey, `${worker.url}/o/arrays/arrays/${version}/`);
      assert.deepEqual(numbers, values);
    });
    test(`format ${version}, by redirects alone`, async () => {
      const { numbers, statuses } = await read(withLink, await linkTo(worker, "redirected", `arrays/${version}/`));
      assert.deepEqual(numbers, values);
      assert.deepEqual([...statuses], [302]);
    });
  }
});
