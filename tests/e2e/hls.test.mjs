// docs/clients/hls.md: hls.js in a real Chromium plays a private video in parts. MiniStack has the bucket: unlike SeaweedFS, it
// refuses what no CORS rule allows.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { linkTo } from "./answers.mjs";
import { servePage, startBrowser } from "./browser.mjs";
import { blocks } from "./guides/page.mjs";
import { profilesOf } from "./guides/profiles.mjs";
import { python } from "./guides/python.mjs";
import { baseVars, startIssuer, startMiniStack, startWorker } from "./harness.mjs";

const guide = "clients/hls.md";
const media = join(root, "tests", "fixtures", "media");
const types = { m3u8: "application/vnd.apple.mpegurl", mp4: "video/mp4", m4s: "video/iso.segment" };

const files = {};
let issuer, aws, application, worker, browser;
before(async () => {
  issuer = await startIssuer();
  aws = await startMiniStack({ issuer, actions: ["s3:GetObject"] });
  for (const name of readdirSync(media)) {
    const type = types[name.split(".").at(-1)];
    if (type) await aws.putObject(`films/demo/${name}`, readFileSync(join(media, name)), type);
  }
  const rules = blocks(guide, "json")[0];
  const arguments_ = ["s3api", "put-bucket-cors", "--bucket", aws.bucket, "--endpoint-url", aws.endpoint, "--cors-configuration", rules];
  const env = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: aws.region, AWS_CONFIG_FILE: "/dev/null" };
  await python(["-m", "awscli", ...arguments_], { env });
  application = await servePage(files);
  files["/hls.js"] = { type: "text/javascript", body: readFileSync(join(root, "node_modules", "hls.js", "dist", "hls.min.js")) };
  const vars = await baseVars(aws);
  vars.PROFILES = await profilesOf(guide, aws);
  vars.PROFILES.films.corsOrigins = [application.origin];
  vars.PROFILES.redirected = { ...vars.PROFILES.films, inline: [] };
  vars.LINK_KEY = randomBytes(32).toString("base64");
  worker = await startWorker({ vars });
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await worker?.stop();
  await application?.stop();
  await aws?.stop();
  await issuer?.stop();
});

/** A page of the application that plays the film of `profile`, and the answers that it got. */
async function open(profile) {
  const link = await linkTo(worker, profile, "films/demo/");
  const film = blocks(guide, "html")[0].replace(/https:\S*hls\.min\.js/, "/hls.js");
  files["/"] = { type: "text/html", body: `<!DOCTYPE html><script>const LINK = ${JSON.stringify(link)};</script>${film}` };
  const page = await browser.newPage();
  const answers = [];
  page.on("response", (answer) => answers.push({ url: answer.url(), status: answer.status(), from: answer.request().redirectedFrom()?.url() }));
  await page.goto(application.origin);
  return { page, link, answers };
}

const time = (page) => page.evaluate(() => document.getElementById("film").currentTime);

test("the video plays to its end, with playlists of the worker and segments of S3", async () => {
  const { page, link, answers } = await open("films");
  await page.evaluate(() => document.getElementById("film").play());
  await page.waitForFunction(() => document.getElementById("film").currentTime > 0.5);
  const early = await time(page);
  await page.waitForFunction((early) => document.getElementById("film").currentTime > early + 1, early);
  await page.waitForFunction(() => document.getElementById("film").ended);
  assert.equal(Math.round(await page.evaluate(() => document.getElementById("film").duration)), 6);
  assert.ok(await page.evaluate(() => document.getElementById("film").videoWidth > 0));
  assert.deepEqual(page.errors, []);

  const playlist = answers.find(({ url }) => url === `${link}playlist.m3u8`);
  assert.equal(playlist.status, 200);
  for (const name of ["init.mp4", "seg-0.m4s", "seg-1.m4s", "seg-2.m4s"]) {
    const segment = answers.find(({ url, status }) => url.startsWith(`${aws.endpoint}/`) && url.includes(name) && status === 200);
    assert.equal(segment?.from, link + name, name);
  }
});

test("without inline playlists, the player asks S3 for addresses without a signature", async () => {
  const { page, answers } = await open("redirected");
  await page.waitForTimeout(500);
  await page.waitForFunction(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("init.mp4")));
  assert.equal(await time(page), 0);
  assert.ok(answers.some(({ url, status }) => url === `${aws.endpoint}/${aws.bucket}/films/demo/init.mp4` && status === 403), JSON.stringify(answers));
});
