// An OIDC issuer on loopback, with real keys and a discovery document.
import { OAuth2Issuer, OAuth2Server } from "oauth2-mock-server";

/**
 * Starts an issuer and resolves to `{ url, token, forgedToken, addKey, stop }`.
 *
 * `token({ sub, aud, expiresInSecs, ...overrides })` signs a token with the issuer's key; further
 * members replace claims. `forgedToken` takes the same and signs with a key the issuer does not
 * publish, under the same key id. `addKey(algorithm, kid)` adds one to the keys that it publishes, with which
 * `token({ kid, … })` signs. `url` is what the issuer calls itself, when that is not where it listens.
 */
export async function startIssuer({ url } = {}) {
  const server = new OAuth2Server();
  const local = "local";
  await server.issuer.keys.generate("RS256", { kid: local });
  await server.start(0, "127.0.0.1");
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  url ??= endpoint;
  server.issuer.url = url;

  const forger = new OAuth2Issuer();
  forger.url = url;
  await forger.keys.generate("RS256", { kid: local });

  const sign = (issuer, { expiresInSecs = 3600, kid = local, ...claims }) =>
    issuer.buildToken({
      kid,
      expiresIn: expiresInSecs,
      scopesOrTransform: (_header, payload) => Object.assign(payload, claims),
    });
  return {
    url,
    endpoint,
    addKey: (algorithm, kid) => server.issuer.keys.generate(algorithm, { kid }),
    token: (claims) => sign(server.issuer, claims),
    forgedToken: (claims) => sign(forger, claims),
    stop: () => server.stop(),
  };
}
