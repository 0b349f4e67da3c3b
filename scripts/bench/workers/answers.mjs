// What every subject that answers has in common with edge-presigner: the headers of its answers, and its line in the log.

/** The redirect to `url`. */
export function redirect(url, requestId) {
  const headers = {
    location: url,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  };
  return new Response(null, { status: 302, headers });
}

/** The answer with `body`, which is JSON. */
export function json(body, requestId) {
  const headers = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  };
  return new Response(body, { headers });
}

/** The line about a request that was answered `status`. */
export function line(requestId, profile, status) {
  const [level, event, caller, operation, session] = ["info", "request", "app", "getObject", "static"];
  const outcome = status < 400 ? "ok" : "refused";
  return JSON.stringify({ level, event, requestId, caller, profile, operation, status, outcome, session, ioMs: 0 });
}
