// A projected token as kubelet renews it.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

let renewals = 0;

/** Renews the token in `folder` in one step: the file is a link into `..data`, which is a link to a folder. */
export function renew(folder, token) {
  const name = `..2026_${renewals++}`;
  mkdirSync(join(folder, name));
  writeFileSync(join(folder, name, "token"), token);
  symlinkSync(name, join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
}

/** Makes the file `token` in `folder`, which is not there before the first renewal, and returns its path. */
export function mountToken(folder) {
  symlinkSync(join("..data", "token"), join(folder, "token"));
  return join(folder, "token");
}
