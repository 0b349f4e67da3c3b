// An OIDC issuer on loopback, with real keys and a discovery document, at which people can sign in.
import { HttpServer, OAuth2Issuer, OAuth2Service } from "oauth2-mock-server";
import { withSignIn } from "./sign-in.mjs";

/**
 * Starts an issuer and resolves to `{ url, token, forgedToken, addKey, stop }`.
 *
 * `token({ sub, aud, expiresInSecs, ...overrides })` signs a token with the issuer's key; further
 * members replace claims. `forgedToken` takes the same and signs with a key the issuer does not
 * publish, under the same key id. `addKey(algorithm, kid)` adds one to the keys that it publishes, with which
 * `token({ kid, … })` signs. `url` is what the issuer calls itself, when that is not where it listens.
 */
export async function startIssuer({ url } = {}) {
  const issuer = new OAuth2Issuer();
  const server = new HttpServer(withSignIn(new OAuth2Service(issuer)));
  const local = "local";
  await issuer.keys.generate("RS256", { kid: local });
  await server.start(0, "127.0.0.1");
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  url ??= endpoint;
  issuer.url = url;

  const forger = new OAuth2Issuer();
  forger.url = url;
  await forger.keys.generate("RS256", { kid: local });

  const sign = (by, { expiresInSecs = 3600, kid = local, ...claims }) =>
    by.buildToken({
      kid,
      expiresIn: expiresInSecs,
      scopesOrTransform: (_header, payload) => Object.assign(payload, claims),
    });
  return {
    url,
    endpoint,
    addKey: (algorithm, kid) => issuer.keys.generate(algorithm, { kid }),
    token: (claims) => sign(issuer, claims),
    forgedToken: (claims) => sign(forger, claims),
    stop: () => server.stop(),
  };
}
