// What every subject takes, from the start of its process on.
import { setTimeout as delay } from "node:timers/promises";
import { rotated, settledMs, spread, timed, withProcesses } from "./running.mjs";
import { checkAnswer, checkLog } from "./verify.mjs";

/** After how many requests the CPU time is summed. */
export const marks = [1, 10, 100, 1000, 10_000];

/** Those of `marks` that the figures of a subject reach. */
export const reached = ({ summedMs }) => marks.filter((_, index) => summedMs[index].length > 0);

const warmUpRounds = 2;

/**
 * Measures `subjects` in `processes` processes each, and resolves to a `Map` from subject to figures, one for each process:
 *
 * - `startMs`: CPU time in milliseconds from the start of the process until it waits for requests;
 * - `summedMs`: for each of `marks` up to `until`, CPU time from there until so many requests are answered, those of a single
 *   URL in turn;
 * - `perUrlUs`: for each name in `requests`, the CPU time of one URL in microseconds after that, the median of `rounds`; none where
 *   the subject is not in that table, or has other requests.
 *
 * All subjects have a process at the same time and take their turns one after the other, so that whatever else the machine
 * does meets all of them. In a round each has a turn of `count` requests of each kind, of batches of 100 a 25th of that.
 */
export async function measure({ subjects, requests, processes, rounds, count, until = marks.at(-1) }) {
  const none = () => Object.fromEntries(Object.keys(requests).map((name) => [name, []]));
  const results = new Map(subjects.map((subject) => [subject, { startMs: [], summedMs: marks.map(() => []), perUrlUs: none() }]));
  for (let turn = 0; turn < processes; turn++) {
    await withProcesses(rotated(subjects, turn, processes), async (started) => {
      const running = started.map((it) => ({ ...it, ...results.get(it.subject), kinds: kindsOf(it.subject, requests) }));
      await sumUp(running, until);
      for (const { subject, client, kinds } of running) {
        for (const asked of kinds) await checkAnswer(subject, asked, await client.send(asked));
      }
      const steady = running.filter(({ subject }) => subject.tables.includes("steady"));
      for (const it of steady) it.figures = none();
      for (let round = -warmUpRounds; round < rounds; round++) await takeRound(steady, count, round >= 0);
      for (const { perUrlUs, figures, kinds } of steady) for (const { name } of kinds) perUrlUs[name].push(spread(figures[name]).median);
      for (const it of running) {
        const { subject, workerd, kinds } = it;
        const inRounds = steady.includes(it) ? kinds.reduce((sum, asked) => sum + turnOf(asked, count), 0) * (warmUpRounds + rounds) : 0;
        checkLog(subject, workerd.log(), until + kinds.length + inRounds);
      }
    });
  }
  return results;
}

/** `requests`, or the subject's own, as a list, with the status that it answers. */
export function kindsOf(subject, requests) {
  return Object.entries(subject.requests ?? requests).map(([name, asked]) => ({ ...asked, name, status: subject.status ?? asked.status }));
}

/** The first requests of each process, up to `until`. */
async function sumUp(running, until) {
  await delay(settledMs);
  for (const it of running) it.startMs.push((it.startedMs = it.workerd.cpuMs()));
  let sent = 0;
  for (const [index, mark] of marks.filter((mark) => mark <= until).entries()) {
    for (const { client, kinds } of running) {
      const single = kinds.filter(({ count }) => count === 1);
      await client.repeat(single, mark - sent, sent);
    }
    sent = mark;
    await delay(settledMs);
    for (const { workerd, startedMs, summedMs } of running) summedMs[index].push(workerd.cpuMs() - startedMs);
  }
}

async function takeRound(running, count, counts) {
  for (const { workerd, client, kinds, figures } of running) {
    for (const asked of kinds) {
      const times = turnOf(asked, count);
      const ms = await timed(workerd, () => client.repeat([asked], times));
      if (counts) figures[asked.name].push((ms * 1000) / (times * asked.count));
    }
  }
}

/** The requests of a turn. */
export const turnOf = (asked, count) => (asked.count === 1 ? count : Math.ceil(count / 25));
