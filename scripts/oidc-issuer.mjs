// An OIDC issuer on loopback, with real keys and a discovery document.
import { OAuth2Issuer, OAuth2Server } from "oauth2-mock-server";

/**
 * Starts an issuer and resolves to `{ url, token, forgedToken, stop }`.
 *
 * `token({ sub, aud, expiresInSecs, ...overrides })` signs a token with the issuer's key; further
 * members replace claims. `forgedToken` takes the same and signs with a key the issuer does not
 * publish, under the same key id.
 */
export async function startIssuer() {
  const server = new OAuth2Server();
  const kid = "local";
  await server.issuer.keys.generate("RS256", { kid });
  await server.start(0, "127.0.0.1");
  const url = `http://127.0.0.1:${server.address().port}`;
  server.issuer.url = url;

  const forger = new OAuth2Issuer();
  forger.url = url;
  await forger.keys.generate("RS256", { kid });

  const sign = (issuer, { expiresInSecs = 3600, ...claims }) =>
    issuer.buildToken({
      kid,
      expiresIn: expiresInSecs,
      scopesOrTransform: (_header, payload) => Object.assign(payload, claims),
    });
  return {
    url,
    token: (claims) => sign(server.issuer, claims),
    forgedToken: (claims) => sign(forger, claims),
    stop: () => server.stop(),
  };
}
