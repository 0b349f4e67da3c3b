// Uppy in a real browser, as an application has it: the code of the documentation, with the packages from npm.
import { createHash } from "node:crypto";
import { build } from "esbuild";
import { root } from "../../../scripts/console.mjs";
import { blocks } from "../guides/page.mjs";

// The packages of version 5 stand beside those of version 6 under these names.
const version5 = { "@uppy/aws-s3": "uppy-aws-s3-v5", "@uppy/core": "uppy-core-v5" };
const [endpoint, companionEndpoint, signRequest, getCredentials] = blocks("clients/uppy.md", "js");

/** The ways to use Uppy, by name: the code in the documentation, and the packages that it is for. */
export const ways = {
  "version 5": { code: endpoint, alias: version5 },
  "version 6 with companionEndpoint": { code: companionEndpoint, alias: {} },
  "version 6 with signRequest": { code: signRequest, alias: {} },
};

/** The same for credentials, with a profile of their own. */
export const withCredentials = { code: getCredentials, alias: {} };

/** The profiles in the documentation. */
export const { films: profile, direct } = Object.assign({}, ...blocks("clients/uppy.md", "json").map((block) => JSON.parse(block)));

/** What the tests ask of a page: `send(file)` uploads a file and resolves to what the page then knows of it. */
const driver = `
  window.uppy = uppy;
  const MIB = 1024 * 1024;
  const bytesOf = (size, seed) => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = i * 31 + (i >> 8) * 7 + (i >> 16) * 3 + seed;
    return bytes;
  };
  window.add = ({ name, size, seed = 0, type, meta, inParts }) => {
    uppy.getPlugin(uppy.getPlugin("AwsS3") ? "AwsS3" : "AwsS3Multipart").setOptions({ shouldUseMultipart: inParts, getChunkSize: () => 5 * MIB });
    return uppy.addFile({ name, type, meta, data: new File([bytesOf(size, seed)], name, { type }) });
  };
  window.send = async (file) => {
    const said = [];
    const hear = () => said.push(uppy.getState().info.map((it) => it.message + " " + (it.details ?? "")));
    uppy.on("info-visible", hear);
    const id = add(file);
    const parts = [];
    uppy.on("s3-multipart:part-uploaded", (_, part) => parts.push(part.PartNumber));
    if (file.pauses) {
      // After the first part it waits for a moment, in which nothing else arrives.
      uppy.once("s3-multipart:part-uploaded", async () => {
        uppy.pauseResume(id);
        await new Promise((resolve) => setTimeout(resolve, 300));
        window.whilePaused = parts.length;
        await new Promise((resolve) => setTimeout(resolve, 300));
        window.stillPaused = parts.length;
        uppy.pauseResume(id);
      });
    }
    const { successful = [], failed = [] } = (await uppy.upload()) ?? {};
    uppy.off("info-visible", hear);
    const [{ response, error, uploadURL } = {}] = [...successful, ...failed];
    const paused = [window.whilePaused, window.stillPaused];
    return { succeeded: successful.length, error, uploadURL, key: response?.body?.key, parts, paused, said: said.flat() };
  };
  window.cancel = async (file) => {
    add(file);
    const begun = new Promise((resolve) => uppy.once("s3-multipart:part-uploaded", resolve));
    const ended = uppy.upload();
    await begun;
    uppy.cancelAll();
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3000))]);
    return uppy.getFiles().length;
  };
`;

/** SHA-256 of the file of this `size` and `seed`. */
export function digestOf({ size, seed = 0 }) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16) * 3 + seed) & 255;
  return createHash("sha256").update(bytes).digest("hex");
}

/** The page with the code of `way`, in which the worker is at `url`, and a link and a key stand for the examples. */
export async function pageOf({ code, alias }, { url, capability, key, profile = "films", bucketUrl }) {
  const prefix = capability ? `/c/${capability}` : "";
  const filled = code
    .replaceAll("https://presign.example.com", url)
    .replaceAll("/c/CAPABILITY", prefix)
    .replaceAll("/uppy/films", `/uppy/${profile}`)
    .replaceAll("https://my-bucket.s3.eu-central-1.amazonaws.com", bucketUrl)
    .replaceAll("KEY", key);
  const { outputFiles } = await build({
    stdin: { contents: filled + driver, resolveDir: root, loader: "js" },
    bundle: true,
    write: false,
    format: "esm",
    alias,
    logLevel: "error",
  });
  return outputFiles[0].text;
}
