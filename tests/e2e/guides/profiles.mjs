// The profiles in a page of the documentation.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder } from "../../../scripts/processes.mjs";
import { blocks } from "./page.mjs";

/** The profiles in the TOML of docs/`name`, as `wrangler` reads them, in the bucket of `aws`. */
export async function profilesOf(name, aws) {
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const folder = makeFolder("profiles-");
  try {
    const config = join(folder, "wrangler.toml");
    const toml = blocks(name, "toml").join("\n");
    writeFileSync(config, `name = "presigner"\ncompatibility_date = "2026-11-01"\n${toml}`);
    const { PROFILES } = read(config).workerOptions.bindings;
    const profiles = PROFILES.json ?? PROFILES;
    return Object.fromEntries(Object.entries(profiles).map(([name, profile]) => [name, { ...profile, bucket: aws.bucket }]));
  } finally {
    removeFolder(folder);
  }
}
