// The page at which people sign in to the local issuer: they only say who they are. What follows is the issuer's own
// authorization code flow, and the token is about whom they said.

const people = ["Ada", "Grace"];

/** The request handler of an `OAuth2Service`, with that page before its answer to `/authorize`. */
export function withSignIn(service) {
  const byCode = new Map();
  service.on("beforeAuthorizeRedirect", ({ url }, { query }) => {
    if (query.login_hint) byCode.set(url.searchParams.get("code"), query.login_hint);
  });
  service.on("beforeTokenSigning", ({ payload }, { body }) => {
    const name = byCode.get(body?.code);
    if (name) Object.assign(payload, { sub: name.toLowerCase(), name });
  });
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://issuer");
    if (pathname !== "/authorize" || searchParams.get("login_hint") || !searchParams.has("code_challenge")) {
      return service.requestHandler(request, response);
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    response.end(page([...searchParams].filter(([name]) => name !== "login_hint")));
  };
}

function page(parameters) {
  const kept = parameters.map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`).join("");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Sign in</title>
<style>
  body { display: grid; place-items: center; min-height: 90dvh; font: 1rem/1.5 system-ui, sans-serif; text-align: center }
  h1 { font-size: 1.5rem; letter-spacing: -.02em }
  form { display: grid; gap: .75rem; width: min(18rem, 86vw); margin-top: 1.5rem }
  button, input { box-sizing: border-box; min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid GrayText; border-radius: .75rem; background: Canvas; color: CanvasText; font: inherit }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
</style>
<main>
  <h1>Sign in</h1>
  <p>The local issuer of <code>npm run dev</code>.<br>It believes whatever you say.</p>
  <form action="/authorize">${kept}
    ${people.map((name) => `<button name="login_hint" value="${name}">Continue as ${name}</button>`).join("\n    ")}
  </form>
  <form action="/authorize">${kept}
    <input name="login_hint" aria-label="Another name" placeholder="Another name" required>
    <button>Continue</button>
  </form>
</main>
`;
}

const escape = (text) => text.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);
