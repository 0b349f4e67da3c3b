// Processes of several workers at the same time.
import { connect } from "./load.mjs";
import { startWorkerd } from "./workerd.mjs";

// The runtime also compiles in threads of their own, which go on for a while.
export const settledMs = 300;

/** Starts a process of each of `subjects`, and stops them after `work`, which is given `{ subject, workerd, client }` of each. */
export async function withProcesses(subjects, work) {
  const running = [];
  try {
    for (const subject of subjects) {
      const workerd = await startWorkerd(subject);
      running.push({ subject, workerd, client: connect(workerd.port) });
    }
    return await work(running);
  } finally {
    for (const { client, workerd } of running) {
      client.close();
      await workerd.stop();
    }
  }
}

/** The CPU time in milliseconds that a process takes for `work`. */
export async function timed(workerd, work) {
  const before = workerd.cpuMs();
  await work();
  return workerd.cpuMs() - before;
}

/** `list` from another place on, where `turn` is one of `turns`: nobody is always first. */
export function rotated(list, turn, turns) {
  const first = Math.round((turn * list.length) / turns);
  return [...list.slice(first), ...list.slice(0, first)];
}

/** Median and quartiles, by the nearest figure. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
