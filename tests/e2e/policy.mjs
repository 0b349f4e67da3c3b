// What `npm run check -- --iam` prints for a configuration.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/console.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";

/** The permission policy for the one role of a worker with these profiles, further variables and secrets. */
export function policyOf(PROFILES, more = {}, secrets = {}) {
  const folder = makeFolder("iam-");
  try {
    const vars = {
      AWS_REGION: "us-east-1", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/edge-presigner",
      CALLERS: { app: { bearerSha256: ["c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a"] } }, PROFILES, ...more,
    };
    const config = join(folder, "wrangler.json");
    writeFileSync(config, JSON.stringify({ name: "presigner", compatibility_date: "2026-11-01", vars }));
    writeFileSync(join(folder, ".dev.vars"), Object.entries(secrets).map(([name, text]) => `${name}='${text}'\n`).join(""));
    const args = [join(root, "scripts", "check.mjs"), "--config", config, "--iam", "--format", "json", "--bucket-account", "any"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout).roles[0].permissionPolicy;
  } finally {
    removeFolder(folder);
  }
}
