// Another Worker that uses each function of the client, with the presigner as a service binding.
import { createClient, makeLink, PresignerError, verifyReceipt } from "edge-presigner-client";

export default {
  async fetch(request, env) {
    const through = (...request) => env.PRESIGNER.fetch(...request);
    const presigner = createClient({ url: "https://presigner", profile: "avatars", token: env.PRESIGNER_KEY, fetch: through });
    const data = new Uint8Array(11 * 1024 * 1024).fill(7);
    const progress = [];
    const onProgress = ({ loaded }) => progress.push(loaded);
    const parts = { key: "users/parts", multipartFromBytes: 1, partSizeBytes: 5 * 1024 * 1024, onProgress };
    const { key, etag } = await presigner.upload(data, parts);
    await presigner.upload("a text", { key: "users/text", headers: { "Content-Type": "text/plain" } });
    const { receipt } = await presigner.confirmUpload({ key, headers: { "if-match": etag } });
    const claims = await verifyReceipt(receipt, { issuer: env.ISSUER, audience: env.AUDIENCE, fetch: through });
    const link = await makeLink("https://presigner", env.LINK_KEY, { profile: "avatars", key: "users/text", operations: ["getObject"] });
    const behind = createClient({ url: link, profile: "avatars", fetch: through });
    const { url } = await behind.sign("getObject", { key: "users/text" });
    const text = await (await fetch(url)).text();
    const refused = await behind.sign("putObject", { key: "users/text" }).catch((error) => error);
    return Response.json({ progress, claims, text, refused: refused instanceof PresignerError && refused.type });
  },
};
