// What every subject takes, from the start of its process on.
import { setTimeout as delay } from "node:timers/promises";
import { startWorkerd } from "./workerd.mjs";
import { connect } from "./load.mjs";
import { checkAnswer, checkLog } from "./verify.mjs";

/** After how many requests the CPU time is summed. */
export const marks = [1, 10, 100, 1000, 10_000];

const warmUpRounds = 2;

// The runtime also compiles in threads of their own, which go on for a while.
const settledMs = 300;

/**
 * Measures `subjects` in `processes` processes each, and resolves to a `Map` from subject to figures, one for each process:
 *
 * - `startMs`: CPU time in milliseconds from the start of the process until it waits for requests;
 * - `summedMs`: for each of `marks`, CPU time from there until so many requests are answered, those of a single URL in turn;
 * - `perUrlUs`: for each name in `requests`, the CPU time of one URL in microseconds after that, the median of `rounds`.
 *
 * All subjects have a process at the same time and take their turns one after the other, so that whatever else the machine
 * does meets all of them. In a round each has a turn of `count` requests of each kind, of batches of 100 a 25th of that.
 */
export async function measure({ subjects, requests, processes, rounds, count, until = marks.at(-1) }) {
  const results = new Map(subjects.map((subject) => [subject, { startMs: [], summedMs: marks.map(() => []), perUrlUs: {} }]));
  for (const [, { perUrlUs }] of results) for (const name of Object.keys(requests)) perUrlUs[name] = [];
  for (let turn = 0; turn < processes; turn++) {
    const first = Math.round((turn * subjects.length) / processes);
    await measureOnce({ subjects: [...subjects.slice(first), ...subjects.slice(0, first)], requests, rounds, count, until, results });
  }
  return results;
}

async function measureOnce({ subjects, requests, rounds, count, until, results }) {
  const running = [];
  try {
    for (const subject of subjects) {
      const workerd = await startWorkerd(subject);
      const kinds = Object.entries(requests).map(([name, asked]) => ({ ...asked, name, status: subject.status ?? asked.status }));
      running.push({ subject, workerd, client: connect(workerd.port), kinds, sent: 0, ...results.get(subject) });
    }
    await sumUp(running, until);
    for (const { subject, client, kinds } of running) {
      for (const asked of kinds) await checkAnswer(subject, asked, await client.send(asked));
    }
    const counted = await takeRounds(running, rounds, count);
    for (const { subject, workerd, kinds, sent } of running) checkLog(subject, workerd.log(), sent + kinds.length + counted);
  } finally {
    for (const { client, workerd } of running) {
      client.close();
      await workerd.stop();
    }
  }
}

/** The first requests of each process, up to each of `marks` that is not beyond `until`. */
async function sumUp(running, until) {
  await delay(settledMs);
  for (const it of running) it.startMs.push((it.startedMs = it.workerd.cpuMs()));
  for (const [index, mark] of marks.filter((mark) => mark <= until).entries()) {
    for (const it of running) {
      const kinds = it.kinds.filter(({ count }) => count === 1);
      // Where the last one ended.
      const next = it.sent % kinds.length;
      await it.client.repeat([...kinds.slice(next), ...kinds.slice(0, next)], mark - it.sent);
      it.sent = mark;
    }
    await delay(settledMs);
    for (const { workerd, startedMs, summedMs } of running) summedMs[index].push(workerd.cpuMs() - startedMs);
  }
}

/** Adds the medians to `perUrlUs`, and resolves to the number of requests that each process was sent. */
async function takeRounds(running, rounds, count) {
  const figures = new Map(running.flatMap(({ kinds }) => kinds).map((asked) => [asked, []]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const { workerd, client, kinds } of running) {
      for (const asked of kinds) {
        const times = turnOf(asked, count);
        const before = workerd.cpuMs();
        await client.repeat([asked], times);
        if (round >= 0) figures.get(asked).push(((workerd.cpuMs() - before) * 1000) / (times * asked.count));
      }
    }
  }
  for (const { kinds, perUrlUs } of running) for (const asked of kinds) perUrlUs[asked.name].push(spread(figures.get(asked)).median);
  const each = running[0].kinds.map((asked) => turnOf(asked, count));
  return (warmUpRounds + rounds) * each.reduce((sum, times) => sum + times, 0);
}

/** The requests of a turn. */
const turnOf = (asked, count) => (asked.count === 1 ? count : Math.ceil(count / 25));

/** Median and quartiles, by the nearest figure. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
