// Functions that save Rust several calls to JavaScript.

/** Method, URL and the headers `names` of an event's request, one a line. None of them can contain a line feed. */
export function readHead({ request }, names) {
  const { method, url, headers } = request;
  let head = `${method}\n${url}`;
  for (const name of names) head += `\n${headers.get(name) ?? ""}`;
  return head;
}

/**
 * A promise of the body of an event's request, as an ArrayBuffer or a Uint8Array; of `null` when it has more than
 * `maxBytes`.
 */
export function readBody({ request }, maxBytes) {
  const { headers } = request;
  const length = Number(headers.get("content-length") ?? Infinity);
  // Beside a transfer encoding the length means nothing: https://www.rfc-editor.org/rfc/rfc9112#section-6.3
  // To ask for the stream costs more than everything else here, so that comes last.
  if (length <= maxBytes && !headers.has("transfer-encoding")) return request.arrayBuffer();
  return request.body === null ? Promise.resolve(new Uint8Array()) : readStream(request.body, maxBytes);
}

/** A promise of all bytes of `stream`; of `null` when there are more than `maxBytes`, of which the rest is not read. */
export async function readStream(stream, maxBytes) {
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      // Nobody waits for the cancellation.
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
