// docs/clients/reading.md: clients that follow the redirects of /o/{profile}/{key…}, each as it is.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/console.mjs";
import { programPath } from "../../scripts/programs.mjs";
import { linkTo } from "./answers.mjs";
import { servePage, startBrowser } from "./browser.mjs";
import { blocks } from "./guides/page.mjs";
import { profilesOf } from "./guides/profiles.mjs";
import { python } from "./guides/python.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startProxy, startWorker } from "./harness.mjs";

const page = "clients/reading.md";
const picture = readFileSync(join(root, "scripts", "ada.png"));

let aws, proxy, worker, folder, link;
before(async () => {
  folder = makeFolder("edge-presigner-reading-");
  aws = await startLocalAws();
  await aws.putObject("data/ada.png", picture, "image/png");
  // It is sent the key, and so counts as the worker.
  proxy = await startProxy(aws, { isWorker: true });
  const vars = await baseVars(aws);
  vars.PROFILES = await profilesOf(page, aws);
  vars.PROFILES.elsewhere = { ...vars.PROFILES.data, endpointUrl: proxy.endpoint };
  vars.LINK_KEY = randomBytes(32).toString("base64");
  worker = await startWorker({ vars });
  link = await linkTo(worker, "data", "data/", ["getObject", "headObject"]);
});
after(async () => {
  await worker?.stop();
  await proxy?.stop();
  await aws?.stop();
  removeFolder(folder);
});

/** Has Python write a file, and stores it. */
async function make(name, code) {
  const path = join(folder, name);
  const printed = await python(["-c", `PATH = ${JSON.stringify(path)}\n${code}`]);
  const bytes = readFileSync(path);
  await aws.putObject(`data/${name}`, bytes);
  return { printed, bytes };
}

const documented = (nth) => `LINK = ${JSON.stringify(link)}\n${blocks(page, "python")[nth]}`;

describe("wget", () => {
  const wget = async (...args) => {
    const options = { encoding: "buffer", timeout: 20_000, env: { ...process.env, WGETRC: "/dev/null" } };
    return (await promisify(execFile)(programPath("wget"), ["--quiet", "--no-config", "--tries=1", "--output-document=-", ...args], options)).stdout;
  };
  test("fetches the object with a link", async () => {
    assert.deepEqual(await wget(`${link}ada.png`), picture);
  });
  test("with --user sends the password on, where the host has the same name", async () => {
    const login = ["--user=app", `--password=${bearer}`, "--auth-no-challenge"];
    await wget(...login, `${worker.url}/o/elsewhere/data/ada.png`);
    assert.deepEqual(proxy.requests.map(({ headers }) => headers.authorization?.split(" ")[0]), ["Basic"]);
  });
});

test("curl -u fetches the object with a key as the password", async () => {
  const args = ["--silent", "--fail", "--location", "--user", `app:${bearer}`, `${worker.url}/o/data/data/ada.png`];
  const { stdout } = await promisify(execFile)("curl", args, { encoding: "buffer", timeout: 20_000 });
  assert.deepEqual(stdout, picture);
});

test("GDAL reads a window of a COG, and not all of it", async () => {
  const { printed, bytes } = await make(
    "image.tif",
    `
import numpy, rasterio
from rasterio.shutil import copy
pixels = numpy.random.default_rng(1).integers(0, 255, (1024, 1024), dtype="uint8")
with rasterio.MemoryFile() as memory:
    with memory.open(driver="GTiff", width=1024, height=1024, count=1, dtype="uint8") as image:
        image.write(pixels, 1)
    copy(memory.name, PATH, driver="COG", BLOCKSIZE=256)
print(pixels[256:512, 256:512].sum())
`,
  );
  assert.ok(bytes.length > 1_000_000);
  const log = { CPL_DEBUG: "ON", CPL_CURL_VERBOSE: "NO" };
  assert.equal(await python(["-c", documented(0)], { env: log }), printed);
});

test("DuckDB reads Parquet", async () => {
  const { printed } = await make(
    "numbers.parquet",
    `
import duckdb
duckdb.sql(f"COPY (SELECT range AS n, random() AS r FROM range(300000)) TO '{PATH}' (FORMAT parquet, ROW_GROUP_SIZE 100000)")
print(duckdb.sql("SELECT sum(range), count(*) FROM range(300000)").fetchall())
`,
  );
  const extension = `
import duckdb_extension_httpfs, pathlib
[HTTPFS] = pathlib.Path(duckdb_extension_httpfs.__file__).parent.glob("**/httpfs.duckdb_extension")
`;
  const load = (code) => `${extension}${code.replace('"LOAD httpfs"', "f\"LOAD '{HTTPFS}'\"")}`;
  assert.equal(await python(["-c", load(documented(1))]), printed);

  const [secret] = blocks(page, "sql").map((sql) => sql.replace("KEY", bearer).replace(/https:[^']*/, worker.url));
  const keyed = documented(1).replace(link, `${worker.url}/o/data/data/`).replace('"LOAD httpfs")', `"LOAD httpfs")\nconnection.sql(${JSON.stringify(secret)})`);
  assert.equal(await python(["-c", load(keyed)]), printed);
});

describe("a page in Chromium", () => {
  let application, browser;
  const files = {};
  before(async () => {
    application = await servePage(files);
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.stop();
    await application?.stop();
  });

  /** The page with one element of the documentation, and the answers that it got. */
  async function open(tag) {
    const html = blocks(page, "html")[0].split("\n").find((line) => line.startsWith(`<${tag}`));
    files["/"] = { type: "text/html", body: `<!DOCTYPE html>${html.replace(/https:\S*?\/data\/data\//, link)}` };
    const opened = await browser.newPage();
    const answers = [];
    opened.on("response", (answer) => answers.push({ url: answer.url(), status: answer.status(), range: answer.request().headers().range }));
    await opened.goto(application.origin);
    return { page: opened, answers };
  }

  test("shows a picture", async () => {
    const { page } = await open("img");
    await page.waitForFunction(() => document.querySelector("img").complete);
    assert.equal(await page.evaluate(() => document.querySelector("img").naturalWidth), picture.readUInt32BE(16));
  });

  test("goes to any place in a video, which it reads in ranges", async () => {
    const clip = readFileSync(join(root, "tests", "fixtures", "media", "clip.mp4"));
    await aws.putObject("data/film.mp4", withGap(clip, 16_000_000), "video/mp4");
    const { page, answers } = await open("video");
    await page.waitForFunction(() => document.querySelector("video").readyState >= 1);
    assert.equal(Math.round(await page.evaluate(() => document.querySelector("video").duration)), 20);
    await page.evaluate(() => {
      const video = document.querySelector("video");
      return new Promise((resolve, reject) => {
        video.onseeked = resolve;
        video.onerror = () => reject(new Error(video.error.message));
        video.currentTime = 15;
      });
    });
    assert.equal(await page.evaluate(() => document.querySelector("video").currentTime), 15);
    const ranges = answers.filter(({ url, status }) => url.startsWith(aws.endpoint) && status === 206);
    assert.ok(ranges.some(({ range }) => Number(range?.match(/bytes=(\d+)/)[1]) > 15_000_000), JSON.stringify(ranges));
  });
});

/** The video with so many bytes of nothing in front of its index, which is at the end. */
function withGap(video, bytes) {
  const at = video.lastIndexOf("moov") - 4;
  const gap = Buffer.alloc(bytes);
  gap.writeUInt32BE(bytes, 0);
  gap.write("free", 4);
  return Buffer.concat([video.subarray(0, at), gap, video.subarray(at)]);
}
