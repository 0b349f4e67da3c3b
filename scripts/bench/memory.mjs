// The memory of a process over many requests.
import { connect } from "./load.mjs";
import { startWorkerd } from "./workerd.mjs";

/** How often the memory is looked at. */
const looks = 12;

/** Sends `count` requests to each of `subjects`, kinds in turn, and resolves to a table of the memory in MB. */
export async function memoryTable({ subjects, requests, count }) {
  // A batch is as much work as a hundred of the others.
  const kinds = Object.values(requests).filter((asked) => asked.count === 1);
  const rows = [];
  for (const subject of subjects) {
    const workerd = await startWorkerd(subject);
    const client = connect(workerd.port);
    const row = [];
    try {
      for (let look = 0; look < looks; look++) {
        await client.repeat(kinds.map((asked) => ({ ...asked, status: subject.status ?? asked.status })), Math.ceil(count / looks));
        row.push(workerd.memoryMb());
      }
    } finally {
      client.close();
      await workerd.stop();
    }
    rows.push(`| ${subject.name} | ${row.map((mb) => mb.toFixed(0)).join(" | ")} |`);
  }
  const heads = Array.from({ length: looks }, (_, look) => Math.round((count * (look + 1)) / looks / 1000));
  return [`| MB after … thousand requests | ${heads.join(" | ")} |`, `|---|${"---:|".repeat(looks)}`, ...rows].join("\n");
}
