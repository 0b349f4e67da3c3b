// The client in a page, with what the tests ask of it.
import { build } from "esbuild";
import { join } from "node:path";
import { root } from "../../../scripts/console.mjs";

export const alias = { "edge-presigner-client": join(root, "packages", "client", "index.js") };

/** The bytes of the page's file of this size: no two parts are the same. */
export function bytesOf(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8) * 7 + (i >> 16) * 3;
  return bytes;
}

const driver = (url, token) => `
  import { createClient, PresignerError } from "edge-presigner-client";
  const presigner = createClient({ url: ${JSON.stringify(url)}, profile: "avatars", token: async () => ${JSON.stringify(token)} });
  const bytesOf = ${bytesOf.toString().replace("Buffer.alloc(size)", "new Uint8Array(size)")};
  window.fileOf = (size) => new File([bytesOf(size)], "ada.mov", { type: "video/quicktime" });
  window.begin = (size, key) => {
    window.progress = [];
    window.signals = { stop: new AbortController(), pause: new AbortController() };
    const options = {
      key,
      partSizeBytes: 5 * 1024 * 1024,
      state: JSON.parse(localStorage.getItem("state")) ?? undefined,
      onState: (state) => localStorage.setItem("state", JSON.stringify(state)),
      onProgress: (it) => window.progress.push([it.loaded, it.total]),
      signal: window.signals.stop.signal,
      pauseSignal: window.signals.pause.signal,
    };
    const told = (error) => (error instanceof PresignerError ? { type: error.type, status: error.status } : String(error));
    window.ended = presigner.upload(fileOf(size), options).then((done) => ({ done }), (error) => ({ error: told(error) }));
  };
  window.presigner = presigner;
`;

/** The script of a page that uses the client with `token`. */
export async function scriptOf(url, token) {
  const stdin = { contents: driver(url, token), resolveDir: root, loader: "js" };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", alias, logLevel: "error" });
  return outputFiles[0].text;
}
