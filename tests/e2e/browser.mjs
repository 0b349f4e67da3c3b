// A real Chromium for the tests of pages.
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "../../scripts/console.mjs";
import { programPath } from "../../scripts/programs.mjs";

/** Where the screenshots of a run are kept. */
export const screenshots = join(root, "target", "screenshots");

/**
 * Starts Chromium without a window. `newPage(options)` opens a page in a profile of its own, with Playwright's options of a
 * [context](https://playwright.dev/docs/api/class-browser#browser-new-context); `page.errors` collects what the page did not
 * catch, and `page.picture(name)` keeps a screenshot of all of it.
 */
export async function startBrowser() {
  mkdirSync(screenshots, { recursive: true });
  const browser = await chromium.launch({
    executablePath: programPath("chromium"),
    // The tests open pages of their own only, and in containers they run as root.
    chromiumSandbox: false,
    args: ["--autoplay-policy=no-user-gesture-required", "--disable-dev-shm-usage"],
  });
  return {
    newPage: async (options = {}) => {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      page.errors = [];
      page.on("pageerror", (error) => page.errors.push(error));
      page.picture = (name) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
      return page;
    },
    stop: () => browser.close(),
  };
}

/**
 * Serves `files`, from path to `{ type, body }`, at an origin of its own, as an application does. Resolves to `{ origin, stop }`.
 */
export async function servePage(files) {
  const server = createServer((request, response) => {
    const file = files[new URL(request.url, "http://page").pathname];
    response.writeHead(file ? 200 : 404, { "Content-Type": file?.type ?? "text/plain", "Cache-Control": "no-store" });
    response.end(file?.body ?? "There is no such file.");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${server.address().port}`, stop };
}
