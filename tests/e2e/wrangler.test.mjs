// The worker as wrangler uploads it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "../../scripts/console.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";

let folder;
before(() => (folder = makeFolder("edge-presigner-upload-")));
after(() => removeFolder(folder));

test("wrangler deploy accepts the configuration and an upload of at most 425 KiB", async () => {
  const wrangler = join(root, "node_modules", ".bin", "wrangler");
  const { stdout } = await promisify(execFile)(wrangler, ["deploy", "--dry-run", "--outdir", folder], {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: folder },
    timeout: 300_000,
  });
  const [, gzipKib] = stdout.match(/Total Upload: .* \/ gzip: ([\d.]+) KiB/) ?? assert.fail(stdout);
  assert.ok(Number(gzipKib) > 0 && Number(gzipKib) <= 425, `${gzipKib} KiB`);
  assert.match(stdout, /env\.SESSIONS\b.*KV Namespace/);
});

test("Cloudflare's own log of requests is off, because URLs can hold a signed link", () => {
  const config = readFileSync(join(root, "wrangler.toml"), "utf8");
  assert.match(config, /^\[observability\.logs\]\ninvocation_logs = false$/m);
});
