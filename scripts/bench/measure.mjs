// Interleaved rounds, and the figures that come out of them.
import { setTimeout as delay } from "node:timers/promises";
import { startWorkerd } from "./workerd.mjs";
import { connect } from "./load.mjs";
import { checkAnswer } from "./verify.mjs";

/**
 * Measures `subjects`, each in a process of its own, and resolves to a `Map` from subject to
 *
 * - `perUrlUs`: for each name in `requests`, the CPU time of one URL in microseconds, one figure a round;
 * - `startMs`: CPU time in milliseconds from the start of the process until it waits for requests, one figure a start;
 * - `firstMs`: CPU time in milliseconds of the first request after that, one figure a start.
 *
 * In each of `rounds` every subject has its turn, one after the other, so that whatever else the machine does meets all
 * of them. A turn is `count` URLs of each kind; the turns before the first round are not counted, because
 * the runtime compiles in them what it has found to be hot. Answers are checked before anything is timed.
 */
export async function measure({ subjects, requests, rounds, count, starts }) {
  const results = new Map(subjects.map((subject) => [subject, { startMs: [], firstMs: [], perUrlUs: {} }]));
  const all = Object.entries(requests);
  for (let start = 0; start < starts; start++) {
    for (const subject of subjects) {
      const { startMs, firstMs } = await timeStart(subject, all[0][1]);
      results.get(subject).startMs.push(startMs);
      results.get(subject).firstMs.push(firstMs);
    }
  }
  const running = [];
  try {
    for (const subject of subjects) {
      const workerd = await startWorkerd(subject);
      running.push({ subject, workerd, client: connect(workerd.port) });
    }
    for (let round = -warmUpRounds; round < rounds; round++) {
      for (const { subject, workerd, client } of running) {
        const { perUrlUs } = results.get(subject);
        for (const [name, asked] of all) {
          const expected = { ...asked, status: subject.status ?? asked.status };
          const times = Math.ceil(count / asked.count);
          if (round === -warmUpRounds) await checkAnswer(subject, expected, await client.send(expected));
          const before = workerd.cpuMs();
          await client.repeat(expected, times);
          const us = ((workerd.cpuMs() - before) * 1000) / (times * asked.count);
          if (round >= 0) (perUrlUs[name] ??= []).push(us);
        }
      }
    }
  } finally {
    for (const { client, workerd } of running) {
      client.close();
      await workerd.stop();
    }
  }
  return results;
}

const warmUpRounds = 4;

// The runtime also compiles in threads of their own, which go on for a while.
const settledAfterMs = 200;

async function timeStart(subject, asked) {
  const workerd = await startWorkerd(subject);
  const client = connect(workerd.port);
  try {
    await delay(settledAfterMs);
    const startMs = workerd.cpuMs();
    await client.send(asked);
    await delay(settledAfterMs);
    return { startMs, firstMs: workerd.cpuMs() - startMs };
  } finally {
    client.close();
    await workerd.stop();
  }
}

/** Median and quartiles, by the nearest figure. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
