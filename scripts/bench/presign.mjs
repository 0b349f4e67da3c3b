// What presigning alone takes, without a request around it.
import { spread, timed, withProcesses } from "./running.mjs";
import { compilePresign, credentials, one, place } from "./subjects.mjs";
import { checkUrl } from "./verify.mjs";

/** Compiles the loop into `folder`, and resolves to what `measurePresign` takes. */
export async function makePresign(folder) {
  const bindings = { REGION: place.region, BUCKET: place.bucket, KEY: one.key, CREDENTIALS: credentials };
  return { modules: await compilePresign("presign", folder), bindings };
}

/** CPU time of one URL in microseconds, one figure a process: the median of `rounds` of `count` URLs. */
export async function measurePresign(subject, { processes, rounds, count }) {
  const asked = { path: `/?count=${count}`, method: "GET", headers: {} };
  const figures = [];
  for (let turn = 0; turn < processes; turn++) {
    await withProcesses([subject], async ([{ workerd, client }]) => {
      const { body } = await client.send(asked);
      await checkUrl(body, "presigning alone");
      for (let round = 0; round < warmUpRounds; round++) await client.send(asked);
      const rest = [];
      for (let round = 0; round < rounds; round++) rest.push(((await timed(workerd, () => client.send(asked))) * 1000) / count);
      figures.push(spread(rest).median);
    });
  }
  return figures;
}

const warmUpRounds = 20;
