// What Rust asks of JavaScript, as far as it takes more than one call.

/** Method, URL and the headers of these names of an event's request, a line each; none can hold a line end. */
export function look({ request }, names) {
  const { method, url, headers } = request;
  let seen = `${method}\n${url}`;
  for (const name of names) seen += `\n${headers.get(name) ?? ""}`;
  return seen;
}
