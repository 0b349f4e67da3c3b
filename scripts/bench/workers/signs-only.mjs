// What signing in Rust takes: answers and logs as much as edge-presigner, and has each URL signed by its code in WebAssembly. Nobody
// is authenticated, and no profile is asked.
import { initSync, Presigner } from "presign";
import module from "./presign_bg.wasm";
import { json, line, redirect } from "./answers.mjs";

initSync({ module });

const seen = ["authorization", "accept"];
let presigner, logLine;

export default {
  async fetch(request, { REGION, BUCKET, CREDENTIALS: { accessKeyId, secretAccessKey, sessionToken } }) {
    const { method, headers, url } = request;
    for (const name of seen) headers.get(name);
    const id = headers.get("cf-ray");
    logLine ??= line(id, "avatars", 200);
    console.log(logLine);
    const now = Date.now();
    const sign = (key) => {
      presigner ??= Presigner.make(accessKeyId, secretAccessKey, sessionToken, REGION, BUCKET, now / 1000);
      return presigner.presign(key, now / 1000);
    };
    if (method === "GET") return redirect(sign(url.slice(url.indexOf("/", url.indexOf("/o/") + 3) + 1)), id);
    const asked = await request.json();
    const expiresAt = new Date(now + 300_000).toISOString();
    const signed = ({ key, profile }) => ({ url: sign(key), method: "GET", headers: {}, profile, key, expiresAt, expiresIn: 300 });
    return json(JSON.stringify(asked.items ? { items: asked.items.map(signed) } : signed(asked)), id);
  },
};
