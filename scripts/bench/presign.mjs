// What presigning alone takes, without a request around it.
import { join } from "node:path";
import { root } from "../console.mjs";
import { compile } from "../wasm.mjs";
import { connect } from "./load.mjs";
import { credentials, one, place } from "./subjects.mjs";
import { checkUrl } from "./verify.mjs";
import { startWorkerd } from "./workerd.mjs";

/** Compiles the loop into `folder`, and resolves to what `measurePresign` takes. */
export async function makePresign(folder) {
  const entry = join(root, "scripts", "bench", "workers", "presign.mjs");
  const [js, wasm] = ["presign.js", "presign_bg.wasm"];
  await compile({ target: ["--example", "presign"], linked: join("examples", "presign.wasm"), name: "presign", entry, folder, js, wasm });
  const bindings = { REGION: place.region, BUCKET: place.bucket, KEY: one.key, CREDENTIALS: credentials };
  return { modules: [join(folder, js), join(folder, wasm)], bindings };
}

/** CPU time of one URL in microseconds, one figure a round of `count` URLs. */
export async function measurePresign(subject, { rounds, count }) {
  const workerd = await startWorkerd(subject);
  const client = connect(workerd.port);
  const asked = { path: `/?count=${count}`, method: "GET", headers: {} };
  const figures = [];
  try {
    for (let round = -warmUpRounds; round < rounds; round++) {
      const before = workerd.cpuMs();
      const { body } = await client.send(asked);
      if (round === -warmUpRounds) await checkUrl(body, "presigning alone");
      if (round >= 0) figures.push(((workerd.cpuMs() - before) * 1000) / count);
    }
  } finally {
    client.close();
    await workerd.stop();
  }
  return figures;
}

const warmUpRounds = 10;
