// Every call between Rust and the platform costs about as much as hashing a request, so what a
// request needs crosses in one call each way.

/** Method, URL and the headers of these names of a request, a line each; none can hold a line end. */
export function look(request, names) {
  const { method, url, headers } = request;
  let seen = `${method}\n${url}`;
  for (const name of names) seen += `\n${headers.get(name) ?? ""}`;
  return seen;
}

/** A response; `headers` holds names and values in turn, a line each. */
export function respond(status, headers, body) {
  const lines = headers.split("\n");
  const init = {};
  for (let n = 0; n + 1 < lines.length; n += 2) init[lines[n]] = lines[n + 1];
  return new Response(body === "" ? null : body, { status, headers: init });
}
