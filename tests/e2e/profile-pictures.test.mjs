// The page of examples/profile-pictures in Chromium, at an origin of its own, with the built worker, real S3 and a real issuer.
import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { crc32, deflateSync } from "node:zlib";
import { root } from "../../scripts/console.mjs";
import { addPictures, allowPictures, corsRule, servePictures } from "../../scripts/profile-pictures.mjs";
import { screenshots, startBrowser } from "./browser.mjs";
import { adminKey, baseVars, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

const MIB = 1024 * 1024;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ada = readFileSync(join(root, "scripts", "ada.png"));

let aws, site, worker, browser, folder;
/** Pictures that go in parts: of 8 MiB, 8 MiB and less than 1 MB, and of 40 MB. */
let medium, large, largeBytes;
before(async () => {
  folder = makeFolder("edge-presigner-pictures-");
  large = join(folder, "large.png");
  largeBytes = png({ width: 400, height: 400, bytes: 40_000_000 });
  writeFileSync(large, largeBytes);
  medium = join(folder, "medium.png");
  writeFileSync(medium, png({ width: 300, height: 300, bytes: 17_500_000 }));
  aws = await startLocalAws();
  site = await servePictures();
  await allowPictures(aws, site.origin);
  const vars = await baseVars(aws);
  addPictures(vars, { issuer: aws.issuer.url, bucket: aws.bucket, origin: site.origin });
  worker = await startWorker({ vars });
  site.connect({ worker: worker.url, issuer: aws.issuer.url, s3: aws.endpoint });
  browser = await startBrowser();
  console.log(`Screenshots: ${screenshots}`);
});
after(async () => {
  await browser?.stop();
  await worker?.stop();
  await site?.stop();
  await aws?.stop();
  removeFolder(folder);
});

/** A picture with so many bytes: PNG lets it have chunks that nobody knows. */
function png({ width = 64, height = 64, bytes = 0 } = {}) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  const color = (x, y) => [250 - (150 * y) / height, 190 - (120 * y) / height + (30 * x) / width, 110 + (90 * x) / width];
  const row = (y) => Buffer.from([0, ...Array.from({ length: width }, (_, x) => color(x, y)).flat()]);
  const data = deflateSync(Buffer.concat(Array.from({ length: height }, (_, y) => row(y))));
  const known = [Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
  const missing = bytes - known.reduce((sum, it) => sum + it.length, 0) - 12;
  if (missing > 0) known.splice(2, 0, chunk("fiLl", Buffer.alloc(missing, 7)));
  return Buffer.concat(known);
}

const picture = (name, buffer = ada) => ({ name, mimeType: "image/png", buffer });

/** Opens the page and signs in as `name`; resolves to the page with a few words for what the tests do. */
async function open(name, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 860 }, ...options });
  await page.goto(site.origin);
  if (name) await signIn(page, name);
  return page;
}

async function signIn(page, name) {
  await button(page, /^Sign in/).first().click();
  await page.getByLabel("Another name").fill(name);
  await button(page, "Continue").click();
  await inState(page, /empty|shown|interrupted|failed|signedOut/);
}

const button = (page, name) => page.getByRole("button", { name, exact: typeof name === "string" });
const inState = (page, states) => page.waitForFunction((it) => new RegExp(`^(${it})$`).test(document.querySelector("main").dataset.state), states.source ?? states);
const choose = (page, file) => page.locator("#file").setInputFiles(file);
const alertOf = async (page) => (await page.getByRole("alert").locator("p").textContent()).trim();

/** The width of the picture that is in place, which is S3's. */
async function inPlace(page) {
  await inState(page, "shown");
  const { width, src } = await page.locator("#picture").evaluate((it) => ({ width: it.naturalWidth, src: it.src }));
  assert.ok(src.startsWith(aws.endpoint), src);
  return width;
}

/** The keys below a person's folder, as the bucket's owner sees them. */
async function keysOf(sub) {
  const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?list-type=2&prefix=users/${encodeURIComponent(sub)}/`);
  return [...(await answer.text()).matchAll(/<Key>([^<]+)/g)].map(([, key]) => key);
}

/** Lets the page send so many bytes a second, or any number with -1, or takes its network away. */
async function limitUploads(page, uploadThroughput, offline = false) {
  page.network ??= await page.context().newCDPSession(page);
  await page.network.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput });
}

/** The numbers of the parts that S3 has taken from the page, in `done`. */
function partsOf(page) {
  const done = [];
  page.on("response", (response) => {
    const number = new URL(response.url()).searchParams.get("partNumber");
    if (number && response.request().method() === "PUT" && response.ok()) done.push(Number(number));
  });
  return { done };
}

async function until(holds) {
  for (const deadline = Date.now() + 15_000; !(await holds()); await delay(20)) assert.ok(Date.now() < deadline, String(holds));
}

/** How many uploads in parts S3 has under way for a person. */
async function uploadsOf(sub) {
  const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?uploads=`);
  return (await answer.text()).split(`<Key>users/${sub}/`).length - 1;
}

describe("the page", { concurrency: 3 }, () => {
  test("a person signs in, uploads a picture, sees it in place, replaces it and deletes it", async () => {
    const page = await open("Ada");
    assert.equal(await page.locator("#name").textContent(), "Ada");
    await choose(page, picture("ada.png"));
    await inState(page, "preview");
    assert.deepEqual(await keysOf("ada"), [], "nothing is uploaded before it is saved");
    await button(page, "Save this picture").click();
    assert.equal(await inPlace(page), 64);
    const [first] = await keysOf("ada");
    assert.match(first, /^users\/ada\/[0-9a-f-]{36}-ada\.png$/);

    await choose(page, picture("other.png", png({ width: 128 })));
    await button(page, "Save this picture").click();
    await page.waitForFunction(() => document.querySelector("#picture").naturalWidth === 128);
    await inPlace(page);
    await until(async () => (await keysOf("ada")).length === 1);
    assert.notEqual((await keysOf("ada"))[0], first, "a new picture has a new key");

    await button(page, "Delete").click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await inState(page, "empty");
    assert.deepEqual(await keysOf("ada"), []);
    await page.reload();
    await inState(page, "empty");
    await button(page, "Sign out").click();
    await inState(page, "signedOut");
    await page.reload();
    await inState(page, "signedOut");
    assert.deepEqual(page.errors, []);
  });

  test("a picture that is opened again comes from the browser's cache", async () => {
    const page = await open("Cora");
    await choose(page, picture("cora.png"));
    await button(page, "Save this picture").click();
    await inPlace(page);
    const windowNow = () => Math.floor(Date.now() / 900_000);
    const begun = windowNow();
    const src = () => page.locator("#picture").getAttribute("src");
    const url = await src();
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    const cached = [];
    session.on("Network.requestServedFromCache", ({ requestId }) => cached.push(requestId));
    const asked = new Map();
    session.on("Network.requestWillBeSent", ({ requestId, request }) => asked.set(request.url, requestId));
    session.on("Network.responseReceived", ({ requestId, response }) => response.fromDiskCache && cached.push(requestId));
    // Without windows, each second has a URL of its own.
    await page.waitForTimeout(1100);
    await page.reload();
    await inPlace(page);
    // A new window has a new URL.
    if (windowNow() !== begun) return;
    assert.equal(await src(), url);
    assert.ok(cached.includes(asked.get(url)));
  });

  test("a large picture goes in parts, with pause and resume, and what has arrived is not sent again", async () => {
    const page = await open("Lin");
    await limitUploads(page, 8 * MIB);
    const parts = partsOf(page);
    await choose(page, large);
    await button(page, "Save this picture").click();
    await until(() => parts.done.length >= 1);
    await button(page, "Pause").click();
    await inState(page, "paused");
    const percent = await page.locator("#progress").evaluate((it) => it.value);
    assert.ok(percent > 15 && percent < 90, `${percent} %`);
    const arrived = [...parts.done];
    parts.done.length = 0;
    await page.waitForTimeout(500);
    assert.deepEqual(parts.done, [], "nothing is sent during a pause");
    await limitUploads(page, -1);
    await button(page, "Resume").click();
    assert.equal(await inPlace(page), 400);
    assert.ok(parts.done.length > 0 && arrived.every((it) => !parts.done.includes(it)), `${arrived} and then ${parts.done}`);
    const [key] = await keysOf("lin");
    const object = await aws.s3("GET", key);
    assert.equal(object.headers.get("content-type"), "image/png");
    assert.ok(Buffer.from(await object.arrayBuffer()).equals(largeBytes));
    assert.equal(await uploadsOf("lin"), 0);
  });

  test("an upload that a reload interrupts goes on with the same file, and with no other", async () => {
    const page = await open("Rea");
    await limitUploads(page, 4 * MIB);
    const parts = partsOf(page);
    await choose(page, medium);
    await button(page, "Save this picture").click();
    await until(() => parts.done.length >= 1);
    const arrived = [...parts.done];
    await page.reload();
    await inState(page, "interrupted");
    await page.picture("pictures-interrupted");
    await choose(page, picture("ada.png"));
    assert.match(await alertOf(page), /^That is another file\. To go on, choose “medium\.png” with 18 MB/);
    parts.done.length = 0;
    await limitUploads(page, -1);
    await choose(page, medium);
    assert.equal(await inPlace(page), 300);
    assert.ok(arrived.every((it) => !parts.done.includes(it)), `${arrived} and then ${parts.done}`);
    assert.equal(await uploadsOf("rea"), 0);
  });

  test("cancelling removes the parts at S3 and keeps the picture, also from a pause and after a reload", async () => {
    const page = await open("Can");
    await choose(page, picture("ada.png"));
    await button(page, "Save this picture").click();
    await inPlace(page);
    const ways = {
      running: async () => {},
      paused: async () => {
        await button(page, "Pause").click();
        await inState(page, "paused");
      },
      reloaded: async () => {
        await page.reload();
        await inState(page, "interrupted");
      },
    };
    for (const [name, way] of Object.entries(ways)) {
      // Slow enough that a busy machine clicks before the upload is over.
      await limitUploads(page, 2 * MIB);
      const parts = partsOf(page);
      await choose(page, medium);
      await button(page, "Save this picture").click();
      await until(() => parts.done.length >= 1);
      assert.equal(await uploadsOf("can"), 1, name);
      await way();
      await button(page, name === "reloaded" ? "Discard" : "Cancel").click();
      assert.equal(await inPlace(page), 64, name);
      assert.equal(await uploadsOf("can"), 0, name);
      assert.equal((await keysOf("can")).length, 1, name);
    }
  });

  test("a part is tried again when its connection breaks or S3 fails", async () => {
    const page = await open("Tri");
    const failures = { 1: ["abort"], 3: [503, "abort"] };
    await page.route(/partNumber=/, (route) => {
      const number = new URL(route.request().url()).searchParams.get("partNumber");
      const failure = route.request().method() === "PUT" ? failures[number]?.shift() : undefined;
      if (failure === "abort") return route.abort("connectionreset");
      if (failure) return route.fulfill({ status: failure, headers: { "access-control-allow-origin": site.origin } });
      return route.continue();
    });
    await choose(page, medium);
    await button(page, "Save this picture").click();
    assert.equal(await inPlace(page), 300);
    assert.deepEqual(failures, { 1: [], 3: [] });
  });

  test("offline, an upload waits, and goes on by itself", async () => {
    const page = await open("Off");
    await limitUploads(page, 4 * MIB);
    const parts = partsOf(page);
    await choose(page, medium);
    await button(page, "Save this picture").click();
    await until(() => parts.done.length >= 1);
    const failed = page.waitForEvent("requestfailed");
    await limitUploads(page, -1, true);
    await failed;
    await page.getByRole("alert").getByText("You are offline. This goes on by itself when you are back.").waitFor();
    await page.picture("pictures-offline");
    let requests = 0;
    page.on("request", () => requests++);
    await page.waitForTimeout(1500);
    assert.equal(requests, 0, "nothing is tried while the browser is offline");
    await limitUploads(page, -1);
    assert.equal(await inPlace(page), 300);
    assert.equal(await page.getByRole("alert").isVisible(), false);
  });

  test("a file that is no fit picture is refused in words, and nothing is uploaded", async () => {
    const page = await open("Ida");
    const huge = join(folder, "huge.png");
    writeFileSync(huge, "");
    truncateSync(huge, 100_000_001);
    const refused = [
      [{ name: "cv.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-") }, "“cv.pdf” is not a picture that can be used here. Choose a file of type PNG, JPEG, WebP, GIF, or AVIF."],
      [{ name: "logo.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") }, /^“logo\.svg” is not a picture that can be used here/],
      [picture("nothing.png", Buffer.alloc(0)), "“nothing.png” is empty. Choose another picture."],
      [picture("broken.png", Buffer.from("no picture")), "“broken.png” cannot be opened. It may be damaged, or something else than its name says."],
      [huge, "“huge.png” has 100 MB, and a picture can have 100 MB at most. Choose a smaller one."],
    ];
    for (const [file, words] of refused) {
      await choose(page, file);
      await page.waitForFunction(() => !document.querySelector("#alert").hidden);
      if (words instanceof RegExp) assert.match(await alertOf(page), words);
      else assert.equal(await alertOf(page), words);
      if (file.name === "broken.png") await page.picture("pictures-refused");
      await button(page, "Close this message").click();
      await inState(page, "empty");
    }
    assert.deepEqual(await keysOf("ida"), []);
  });

  test("what the worker or S3 refuses is told in words", async () => {
    // S3 itself refuses a signature that was changed on the way.
    const page = await open("Ref");
    await page.route(`${aws.endpoint}/**`, (route) => {
      const url = route.request().url().replace(/X-Amz-Signature=..../, "X-Amz-Signature=0000");
      return route.request().method() === "PUT" ? route.continue({ url }) : route.continue();
    });
    await choose(page, picture("ada.png"));
    await button(page, "Save this picture").click();
    // The state between may be over before it can be seen.
    await page.getByRole("alert").waitFor();
    await inState(page, "preview");
    assert.match(await alertOf(page), /^The storage refused this\. Try again/);
    await page.unroute(`${aws.endpoint}/**`);
    await button(page, "Save this picture").click();
    assert.equal(await inPlace(page), 64);

    // No folder can have such a name, so the worker allows nothing.
    const nobody = await open("a/b");
    assert.match(await alertOf(nobody), /^Your account may not have a picture here/);

    // The worker is away.
    await page.route(`${worker.url}/**`, (route) => route.abort());
    await page.reload();
    await inState(page, "failed");
    assert.match(await alertOf(page), /^The server cannot be reached/);
    await page.unroute(`${worker.url}/**`);
    await button(page, "Try again").click();
    assert.equal(await inPlace(page), 64);
  });

  test("a sign-in that has expired is told, and signing in again goes on", async () => {
    const page = await open("Exp");
    const useToken = (token) => page.evaluate((it) => sessionStorage.setItem("signIn.token", it), token);
    const claims = { sub: "exp", aud: "profile-pictures" };
    await useToken(await aws.issuer.token({ ...claims, expiresInSecs: 1, exp: 1_700_000_000 }));
    await page.reload();
    await inState(page, "signedOut");
    assert.equal(await alertOf(page), "Your sign-in has expired. Sign in again to go on.");
    // The worker has the last word.
    await useToken(await aws.issuer.forgedToken(claims));
    await page.reload();
    await inState(page, "signedOut");
    assert.equal(await alertOf(page), "Your sign-in has expired. Sign in again to go on.");
    await page.picture("pictures-expired");
    await signIn(page, "Exp");
    await inState(page, "empty");

    // In the middle of an upload, which then goes on.
    await limitUploads(page, 4 * MIB);
    const parts = partsOf(page);
    await choose(page, medium);
    await button(page, "Save this picture").click();
    await until(() => parts.done.length >= 1);
    const forged = await aws.issuer.forgedToken(claims);
    await page.route(`${worker.url}/**`, (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${forged}` } }));
    await inState(page, "paused");
    await page.unroute(`${worker.url}/**`);
    await signIn(page, "Exp");
    await inState(page, "interrupted");
    await limitUploads(page, -1);
    await choose(page, medium);
    assert.equal(await inPlace(page), 300);
  });

  test("an answer that is not to this page's own sign-in signs nobody in", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/?code=stolen&state=other`);
    await inState(page, "signedOut");
    assert.equal(page.url(), `${site.origin}/`);
    assert.equal(await page.getByRole("alert").isVisible(), false);
    await page.evaluate(() => sessionStorage.setItem("signIn.begun", '{"state":"s","nonce":"n","verifier":"v"}'));
    await page.goto(`${site.origin}/?error=access_denied&error_description=Ada+said+no.&state=s`);
    await inState(page, "signedOut");
    assert.equal(await alertOf(page), "You could not be signed in: Ada said no.");
  });

  test("two people neither see nor replace each other's pictures", async () => {
    const [mia, noa] = [await open("Mia"), await open("Noa")];
    for (const [page, width] of [[mia, 100], [noa, 200]]) {
      await choose(page, picture("me.png", png({ width })));
      await button(page, "Save this picture").click();
      assert.equal(await inPlace(page), width);
    }
    for (const [page, width] of [[mia, 100], [noa, 200]]) {
      await page.reload();
      assert.equal(await inPlace(page), width);
    }
    const [key] = await keysOf("mia");
    const token = await noa.evaluate(() => sessionStorage.getItem("signIn.token"));
    for (const asked of [
      { operation: "getObject", key },
      { operation: "deleteObject", key },
      { operation: "listObjectsV2", prefix: "users/mia/" },
      { operation: "listObjectsV2", prefix: "users/" },
    ]) {
      const answer = await worker.fetch("/v1/sign", { key: token, json: { profile: "pictures", ...asked } });
      assert.equal(answer.status, 403, JSON.stringify(asked));
    }
    // Nobody chooses the key of an upload, not even below the own folder.
    for (const [other, status] of [[key, 403], ["users/noa/me.png", 400]]) {
      const answer = await worker.fetch("/v1/sign", { key: token, json: { profile: "pictures", operation: "putObject", key: other } });
      assert.equal(answer.status, status, other);
    }

    // The next person in the same tab finds nothing of the one before.
    await button(mia, "Sign out").click();
    await inState(mia, "signedOut");
    await signIn(mia, "Noa");
    assert.equal(await inPlace(mia), 200);
  });

  test("everything works with the keyboard alone, and one sees where it is", async () => {
    const page = await browser.newPage();
    await page.goto(site.origin);
    await inState(page, "signedOut");
    const focused = async (name) => {
      const { text, seen } = await page.evaluate(() => {
        const it = document.activeElement;
        return { text: it.ariaLabel ?? it.textContent.trim(), seen: it.matches(":focus-visible") && parseFloat(getComputedStyle(it).outlineWidth) >= 2 };
      });
      assert.equal(text, name);
      assert.ok(seen, `the focus of ${name} can be seen`);
    };
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("Tab");
    await focused("Sign in");
    await press("Enter");
    await page.getByLabel("Another name").waitFor();
    await press("Tab", "Tab", "Tab");
    await page.keyboard.type("Kim");
    await press("Enter");
    await inState(page, "empty");
    // Asked for early: until Chromium knows that somebody is there to choose, it closes the dialog itself.
    const chooser = page.waitForEvent("filechooser");
    await press("Tab");
    await focused("Sign out");
    await press("Tab");
    await focused("Choose a picture");
    await press("Enter");
    await (await chooser).setFiles(picture("ada.png"));
    await inState(page, "preview");
    await focused("Save this picture");
    await press("Enter");
    await inPlace(page);
    await focused("Replace");
    await press("Tab");
    await focused("Delete");
    await press("Enter");
    await focused("Keep it");
    await page.picture("pictures-delete");
    await press("Escape");
    await focused("Delete");
    await press("Enter", "Shift+Tab");
    await focused("Delete");
    await press("Enter");
    await inState(page, "empty");
    await focused("Choose a picture");
    assert.deepEqual(await keysOf("kim"), []);
  });

  test("a picture can be dropped and pasted", async () => {
    const page = await open("Dro");
    const give = (kind) =>
      page.evaluate(
        ([bytes, kind]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], "dropped.png", { type: "image/png" }));
          const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true }) : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
          return document.body.dispatchEvent(event);
        },
        [[...ada], kind],
      );
    assert.equal(await give("dragover"), false, "the browser does not open the file itself");
    await page.waitForTimeout(300);
    await page.picture("pictures-drag");
    await give("drop");
    await inState(page, "preview");
    await button(page, "Cancel").click();
    await inState(page, "empty");
    await give("paste");
    await inState(page, "preview");
  });

  test("those who do not see the page are told what happens", async () => {
    const page = await open("Sam");
    await page.evaluate(() => {
      window.said = [];
      const status = document.querySelector("[role=status]");
      new MutationObserver(() => window.said.push(status.textContent)).observe(status, { childList: true });
    });
    await limitUploads(page, 16 * MIB);
    await choose(page, medium);
    await button(page, "Save this picture").click();
    await inState(page, "uploading");
    assert.ok(await page.getByRole("progressbar", { name: "Upload" }).count());
    await inPlace(page);
    const said = await page.evaluate(() => window.said);
    assert.equal(said[0], "medium.png · 18 MB. Save it, or cancel.");
    assert.ok(said.some((it) => /^\d+% uploaded$/.test(it)) && said.length < 10, said.join());
    await until(async () => (await page.evaluate(() => window.said)).at(-1) === "Your picture is saved.");
  });

  for (const [name, options] of Object.entries({
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    phone: { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
    narrow: { viewport: { width: 320, height: 640 }, colorScheme: "dark", reducedMotion: "reduce" },
  })) {
    test(`each state is accessible and fits: ${name}`, async () => {
      const page = await open(undefined, options);
      const look = async (state) => {
        await inState(page, state);
        // What moves has to have come to rest.
        await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((it) => it.effect.getTiming().iterations !== Infinity).map((it) => it.finished)));
        await page.picture(`pictures-${name}-${state}`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => window.axe.run());
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((it) => it.html).join()}`);
        assert.deepEqual(told, [], state);
        const [scrollWidth, clientWidth] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(scrollWidth <= clientWidth, `${state}: ${scrollWidth} in ${clientWidth}`);
      };
      await look("signedOut");
      await signIn(page, `Alexandria-${name} Wellington-Montgomery`);
      await look("empty");
      await choose(page, medium);
      await look("preview");
      await limitUploads(page, 4 * MIB);
      const parts = partsOf(page);
      await button(page, "Save this picture").click();
      await until(() => parts.done.length >= 1);
      await look("uploading");
      await button(page, "Pause").click();
      await look("paused");
      await button(page, "Cancel").click();
      await inState(page, "empty");
      await limitUploads(page, -1);
      await choose(page, picture("ada.png"));
      await button(page, "Save this picture").click();
      await look("shown");
      await choose(page, picture("a name that is much too long for a line of this page, and without any meaning.pdf", Buffer.from("x")));
      await look("shown");
      if (options.reducedMotion) {
        const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((it) => parseFloat(getComputedStyle(it).transitionDuration) > 0).length);
        assert.equal(moving, 0);
      }
    });
  }

  test("what the bucket must allow is part of what the worker prints for it, and suffices for its doctor", async () => {
    const report = await (await worker.fetch("/v1/doctor", { key: adminKey })).json();
    const [printed] = report.iam.buckets[0].cors.CORSRules;
    for (const member of ["AllowedMethods", "AllowedHeaders"]) {
      for (const it of corsRule()[member]) assert.ok(printed[member].includes(it), it);
    }
  });

  test("the page's own limits are those of its settings", async () => {
    const { default: config } = await import("../../examples/profile-pictures/config.js");
    const vars = { CALLERS: {}, PROFILES: {} };
    addPictures(vars, { issuer: config.issuer, bucket: "my-bucket", origin: site.origin });
    const { maxBytes, contentTypes } = vars.PROFILES[config.profile].upload;
    assert.deepEqual([config.maxBytes, config.contentTypes], [maxBytes, contentTypes]);
    assert.equal(config.clientId, vars.CALLERS.people.jwt.audience);
  });
});
