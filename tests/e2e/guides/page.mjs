// The blocks of code in a page of the documentation.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/console.mjs";

/** The fenced blocks of `language` in docs/`name`, in order, without their indentation. */
export function blocks(name, language) {
  const text = readFileSync(join(root, "docs", name), "utf8");
  const fenced = text.matchAll(/^( *)```(\w+)\n([^]*?)^ *```$/gm);
  return [...fenced].filter(([, , its]) => its === language).map(([, indent, , code]) => code.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}
