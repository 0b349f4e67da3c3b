// The figures in docs/performance.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../console.mjs";

const docs = join(root, "docs");
const page = join(docs, "performance.md");

/** Puts each of `texts` into its place on the page, and each of `pictures` beside it. */
export function write(texts, pictures = {}) {
  writeFileSync(page, placed(texts));
  for (const [name, svg] of Object.entries(pictures)) writeFileSync(join(docs, name), svg);
}

/** The page with each of `texts` between `<!-- bench: NAME -->` and `<!-- /bench -->`. */
export function placed(texts) {
  let text = readFileSync(page, "utf8");
  for (const [name, made] of Object.entries(texts)) {
    const place = new RegExp(`(<!-- bench: ${name} -->\n)[^]*?(?=<!-- /bench -->)`);
    if (!place.test(text)) throw new Error(`docs/performance.md has no place for ${name}`);
    text = text.replace(place, (_, marker) => `${marker}${made}\n`);
  }
  return text;
}
