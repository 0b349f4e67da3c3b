// Functions that save Rust several calls to JavaScript.

/** Method, URL and the headers `names` of an event's request, one a line. None of them can contain a line feed. */
export function readHead({ request }, names) {
  const { method, url, headers } = request;
  let head = `${method}\n${url}`;
  for (const name of names) head += `\n${headers.get(name) ?? ""}`;
  return head;
}
