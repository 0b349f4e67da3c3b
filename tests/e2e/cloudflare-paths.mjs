// What Cloudflare does to the path of a URL before a worker sees it, as its documentation says:
// https://developers.cloudflare.com/rules/normalization/how-it-works/

/** `url`, a path with or without a query, normalised by the type `"cloudflare"` or `"rfc3986"`. */
export function normalize(url, type) {
  const at = url.indexOf("?");
  let path = at < 0 ? url : url.slice(0, at);
  if (type === "cloudflare") path = path.replaceAll("\\", "/").replace(/\/{2,}/g, "/");
  return withoutDotSegments(escaped(path)) + (at < 0 ? "" : url.slice(at));
}

/** Unreserved characters unescaped, reserved ones as they are, all others escaped, in upper case. */
function escaped(path) {
  const other = /%[0-9a-f]{2}|[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]/giu;
  return path.replace(other, (text) => {
    if (!/^%/.test(text)) return encodeURIComponent(text);
    const character = String.fromCharCode(parseInt(text.slice(1), 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : text.toUpperCase();
  });
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 */
function withoutDotSegments(path) {
  const segments = path.split("/").slice(1);
  const kept = [];
  for (const [n, segment] of segments.entries()) {
    if (segment === "..") kept.pop();
    if (segment !== "." && segment !== "..") kept.push(segment);
    else if (n === segments.length - 1) kept.push("");
  }
  return `/${kept.join("/")}`;
}
