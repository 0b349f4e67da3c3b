// Pages that somebody uploaded, at the worker's own origin, in a real Chromium.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBrowser } from "./browser.mjs";
import { baseVars, startLocalAws, startWorker } from "./harness.mjs";

// Says that it runs, and where.
const script = 'document.documentElement.setAttribute("data-ran", self.origin); fetch("/healthz"); fetch(location.href);';
const svg = (inner) => `<svg xmlns="http://www.w3.org/2000/svg"><script>${inner}</script></svg>`;
const xhtml = `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><script>${script}</script></head><body/></html>`;
const pages = {
  "a.html": ["text/html", `<!DOCTYPE html><script>${script}</script><img src="/healthz"><form method="post"><button>Send</button></form>`],
  "a.svg": ["image/svg+xml", svg(script)],
  "a.xml": ["text/xml", xhtml],
  "a.xhtml": ["application/xhtml+xml", xhtml],
};

let aws, worker, browser;
before(async () => {
  aws = await startLocalAws();
  const vars = await baseVars(aws);
  const common = { ...vars.PROFILES.avatars, keyPrefix: "", operations: ["getObject"], callers: ["anyone"] };
  vars.PROFILES.named = { ...common, inline: ["*.html", "*.svg", "*.xml", "*.xhtml"] };
  vars.PROFILES.broad = { ...common, inline: ["site/*"] };
  worker = await startWorker({ vars });
  for (const [name, [type, body]] of Object.entries(pages)) await aws.putObject(`site/${name}`, body, type);
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await worker?.stop();
  await aws?.stop();
});

async function open(profile, name) {
  const page = await browser.newPage();
  const asked = [];
  page.on("requestfinished", (request) => asked.push(request.url()));
  await page.goto(`${worker.url}/o/${profile}/site/${name}`);
  return { page, asked };
}

const ran = (page) => page.evaluate(() => document.documentElement.getAttribute("data-ran"));

describe("a page that a profile names runs no script, loads nothing and belongs to no origin", () => {
  for (const name of Object.keys(pages)) {
    test(name, async () => {
      const { page, asked } = await open("named", name);
      assert.equal(new URL(page.url()).origin, worker.url);
      assert.equal(await ran(page), null);
      assert.equal(await page.evaluate(() => self.origin), "null");
      assert.deepEqual(asked.filter((url) => !url.endsWith("/favicon.ico")), [page.url()]);
      const cookie = await page.evaluate(() => {
        try {
          return document.cookie;
        } catch (error) {
          return error.name;
        }
      });
      assert.equal(cookie, "SecurityError");
    });
  }
});

describe("a page that only a beginning matches is S3's, where its script runs", () => {
  for (const name of Object.keys(pages)) {
    test(name, async () => {
      const { page } = await open("broad", name);
      assert.equal(new URL(page.url()).origin, aws.endpoint);
      assert.equal(await ran(page), aws.endpoint);
    });
  }
});
