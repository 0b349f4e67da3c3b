// Signing in at any OIDC issuer that lets pages do so: the authorization code flow with PKCE (RFC 7636), without a library.
// The token is kept in sessionStorage: it ends with the tab, and a reload does not lose it.

const stored = { token: "signIn.token", begun: "signIn.begun" };

/** Sends the browser to the issuer, which sends it back to this page. */
export async function signIn({ issuer, clientId }) {
  const { authorization_endpoint } = await discover(issuer);
  const begun = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(stored.begun, JSON.stringify(begun));
  location.assign(
    withQuery(authorization_endpoint, {
      response_type: "code",
      client_id: clientId,
      redirect_uri: here(),
      scope: "openid profile",
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(begun.verifier))),
      code_challenge_method: "S256",
    }),
  );
}

/** Where the browser comes back from the issuer, trades the code in the address for a token. Fails with what the issuer says. */
export async function finishSignIn({ issuer, clientId }) {
  const { code, state, error, error_description } = Object.fromEntries(new URLSearchParams(location.search));
  if (!state || !(code || error)) return;
  history.replaceState(null, "", here());
  const begun = JSON.parse(sessionStorage.getItem(stored.begun) ?? "{}");
  sessionStorage.removeItem(stored.begun);
  // Somebody else's answer, or an old one: nobody is signed in by it.
  if (state !== begun.state) return;
  if (error) throw new Error(error_description ?? error);
  const { token_endpoint } = await discover(issuer);
  const form = { grant_type: "authorization_code", code, client_id: clientId, redirect_uri: here(), code_verifier: begun.verifier };
  const answer = await fetch(token_endpoint, { method: "POST", body: new URLSearchParams(form) });
  const { id_token, ...refusal } = await answer.json();
  if (!answer.ok) throw new Error(refusal.error_description ?? refusal.error);
  if (claims(id_token).nonce !== begun.nonce) throw new Error("The token is of another sign-in.");
  sessionStorage.setItem(stored.token, id_token);
}

/** The person who is signed in, as `{ token, sub, name, hasExpired }`, or nothing. */
export function signedIn() {
  const token = sessionStorage.getItem(stored.token);
  if (!token) return undefined;
  const { sub, name, exp } = claims(token);
  return { token, sub, name: name ?? sub, hasExpired: exp * 1000 <= Date.now() };
}

/** Forgets the token, here and, where the issuer has a page for that, at the issuer. */
export async function signOut({ issuer, clientId }) {
  const token = sessionStorage.getItem(stored.token);
  sessionStorage.removeItem(stored.token);
  const { end_session_endpoint } = await discover(issuer).catch(() => ({}));
  if (!end_session_endpoint) return location.assign(here());
  location.assign(withQuery(end_session_endpoint, { client_id: clientId, id_token_hint: token, post_logout_redirect_uri: here() }));
}

async function discover(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  if (!answer.ok) throw new Error(`The issuer answered ${answer.status}.`);
  return answer.json();
}

// The token came from the issuer itself, so its signature needs no look here. The worker verifies it.
function claims(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (it) => it.charCodeAt(0))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const here = () => location.origin + location.pathname;

const withQuery = (address, parameters) => {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
};
