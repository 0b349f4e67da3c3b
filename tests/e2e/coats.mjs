// The coats that a secret can wear where it leaks: base64 in either alphabet and wherever it begins, hex, percent or JSON
// escapes, lines, and its beginning alone.

/** So much of the beginning of a secret is enough to know it, and no less is looked for. */
export const shortest = 16;

/** Secrets with fewer different characters are fillers, whose beginning could stand anywhere. */
const fewest = 5;

/** What is known, and where in a text any of it is. Looking costs no more when more is known. */
export class Known {
  /** By the first `shortest` characters of a coat: the whole coats, as `{ coat, text, what }`. */
  #coats = new Map();
  /** Which of these characters there are, roughly. */
  #sieve = new Uint8Array(1 << 16);
  #texts = new Set();

  /**
   * Remembers that `text` is `what`. Of texts in several parts, such as tokens, each long part is enough to know them.
   */
  add(what, text) {
    if (text.length < shortest || this.#texts.has(text)) return;
    this.#texts.add(text);
    const head = (part, length) => (new Set(part).size < fewest ? part : part.slice(0, length));
    // Claims of tokens begin alike.
    const parts = text.split(".").filter((part) => part.length > 2 * shortest);
    for (const known of new Set([head(text, shortest), ...parts.map((part) => head(part, 2 * shortest))])) {
      for (const coat of coatsOf(known)) {
        const gram = coat.slice(0, shortest);
        if (!this.#coats.has(gram)) this.#coats.set(gram, []);
        this.#coats.get(gram).push({ coat, text, what });
        this.#sieve[sum(gram, 0)] = 1;
      }
    }
  }

  /**
   * What is known and in `haystack`: `{ what, text }`, once each. What begins as something `allowed` does is found only if
   * all of it is there.
   */
  in(haystack, allowed) {
    const found = new Map();
    for (const view of viewsOf(haystack)) {
      for (let place = 0; place + shortest <= view.length; place++) {
        if (this.#sieve[sum(view, place)] === 0) continue;
        const gram = view.slice(place, place + shortest);
        for (const { coat, text, what } of this.#coats.get(gram) ?? []) {
          if (found.has(text) || !view.startsWith(coat, place)) continue;
          if (!allowed?.begins(gram) || view.includes(text)) found.set(text, { what, text });
        }
      }
    }
    return [...found.values()];
  }

  /** Whether anything that is known begins with `gram`, in one of its coats. */
  begins(gram) {
    return this.#coats.has(gram);
  }
}

/** All that `head`, the beginning of a secret, can look like once escapes and line ends are gone. */
function coatsOf(head) {
  const coats = new Set([head, head.replace(/\s/g, "")]);
  for (const bytes of [Buffer.from(head), Buffer.from(head, "latin1")]) {
    coats.add(bytes.toString("latin1"));
    coats.add(bytes.toString("hex"));
    coats.add(bytes.toString("hex").toUpperCase());
    for (const before of [0, 1, 2]) {
      // The characters at both ends hold bits of what stands next to it.
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
      const whole = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
      coats.add(whole);
      coats.add(whole.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return [...coats].filter((coat) => coat.length >= shortest);
}

/** `text` as it is, with its escapes undone, which may be several, and each of these without line ends and spaces. */
function viewsOf(text) {
  const views = new Set([text]);
  for (let view = text, round = 0; round < 2; round++) {
    for (const undo of [undoJson, undoPercent]) views.add((view = undo(view)));
  }
  for (const view of [...views]) views.add(view.replace(/\s+/g, ""));
  return views;
}

function undoJson(text) {
  const escapes = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
  const one = (_, code, other) => (code ? String.fromCharCode(parseInt(code, 16)) : (escapes[other] ?? other));
  return text.replace(/\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi, one);
}

function undoPercent(text) {
  return text.replace(/%([0-9a-f]{2})/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

/** A number for the `shortest` characters of `text` from `place` on, of 16 bits. */
function sum(text, place) {
  const at = (n) => text.charCodeAt(place + n);
  return (at(0) ^ (at(3) << 3) ^ (at(7) << 6) ^ (at(11) << 8) ^ (at(15) << 9)) & 0xffff;
}
