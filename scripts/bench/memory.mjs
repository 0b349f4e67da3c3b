// The memory of a process over many requests.
import { kindsOf } from "./measure.mjs";
import { withProcesses } from "./running.mjs";

const compared = ["empty worker", "empty worker, workers-rs", "edge-presigner", "by hand", "aws4fetch"];

/** How often the memory is looked at. */
const looks = 12;

/** Sends `count` requests to some of `subjects`, kinds in turn, and resolves to the rows of a table of the memory in MB. */
export async function memoryRows({ subjects, requests, count }) {
  const rows = [];
  for (const subject of subjects.filter(({ name }) => compared.includes(name))) {
    // A batch is as much work as a hundred of the others.
    const kinds = kindsOf(subject, requests).filter((asked) => asked.count === 1);
    const row = await withProcesses([subject], async ([{ workerd, client }]) => {
      const seen = [];
      for (let look = 0; look < looks; look++) {
        await client.repeat(kinds, Math.ceil(count / looks));
        seen.push(workerd.memoryMb().toFixed(0));
      }
      return seen;
    });
    rows.push([subject.name, ...row]);
  }
  const heads = Array.from({ length: looks }, (_, look) => Math.round((count * (look + 1)) / looks / 1000));
  return [["Thousand requests", ...heads], ...rows];
}
