// What the output of a stage of `npm test` says: how many tests passed and failed, and where the failed ones stand.

/** The counts of libtest, natively and in Node. */
export function countRust(text) {
  const counts = { passed: 0, failed: 0 };
  for (const [, passed, failed] of text.matchAll(/^test result: .*?(\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  return counts;
}

/** The counts of `node --test` with its reporter `spec`. */
export function countNode(text) {
  const of = (name) => Number(text.match(new RegExp(`^(?:#|ℹ) ${name} (\\d+)`, "m"))?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail") + of("cancelled") };
}

/** The failed tests of libtest, as `file:line: name`; without the place where nothing tells it. */
export function failuresOfRust(text) {
  const [, ...blocks] = text.split(/^---- (?=\S+ (?:stdout|output) ----$)/m);
  return blocks.map((block) => {
    const [name] = block.split(" ", 1);
    const place = block.match(/panicked at (\S+:\d+):\d+/)?.[1];
    return place ? `${place}: ${name}` : name;
  });
}

/** The failed tests of `node --test` with its reporter `spec`, as `file:line: name`. */
export function failuresOfNode(text) {
  return [...text.matchAll(/^test at (.+:\d+):\d+\n✖ (.+?)(?: \([\d.]+ms\))?$/gm)].map(([, place, name]) => `${place}: ${name}`);
}
