// What an STS that fails answers, for `next` of the proxy: the answer, and the status and problem that it comes to.

/** An error answer in AWS's form. */
export function refusal(status, code, message = "") {
  const body =
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
    `<Message>${message}</Message></Error><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body };
}

const session =
  "<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>a-secret</SecretAccessKey>" +
  "<SessionToken>a-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";
/** What STS grants, until `expiration`. */
const granted = (expiration) =>
  "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>" +
  session.replace("2099-01-01T00:00:00Z", expiration) +
  "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
// All that matters is in it, but its end.
const halfASession = session.slice(0, session.indexOf("</Expiration>"));
const sessionIn10MB = `<a>${" ".repeat(10_000_000)}${session}</a>`;

export const failures = {
  "that does not answer": ["hang", 503, "sts-unreachable"],
  "that stalls within its answer": [{ status: 200, headers: { "content-length": 2000 }, body: halfASession }, 503, "sts-unreachable"],
  "that cuts the connection": ["reset", 503, "sts-unreachable"],
  "that answers 500": [{ status: 500, headers: {}, body: "" }, 503, "sts-unavailable"],
  "that answers 429": [{ status: 429, headers: {}, body: "slow down" }, 503, "sts-throttled"],
  "that fails inside": [refusal(500, "InternalFailure"), 503, "sts-unavailable"],
  "that throttles": [refusal(400, "Throttling", "Rate exceeded"), 503, "sts-throttled"],
  "that cannot reach the issuer": [refusal(400, "IDPCommunicationError"), 503, "sts-unavailable"],
  "that answers 200 with nothing of use": [{ status: 200, headers: {}, body: "<html>It works!</html>" }, 502, "sts-garbled"],
  "that answers 200 with bytes that are no text": [{ status: 200, headers: {}, body: Buffer.from([0xff, 0xfe, 0]) }, 502, "sts-garbled"],
  "that grants a session that has ended": [{ status: 200, headers: {}, body: granted("2014-10-24T23:00:23Z") }, 502, "sts-garbled"],
  "that grants a session without a readable end": [{ status: 200, headers: {}, body: granted("soon") }, 502, "sts-garbled"],
  "that answers with half a document": [{ status: 200, headers: {}, body: halfASession }, 502, "sts-garbled"],
  "that answers with 10 MB": [{ status: 200, headers: {}, body: sessionIn10MB }, 502, "sts-garbled"],
  "that sends its callers elsewhere": [{ status: 307, headers: { location: "http://127.0.0.1:9/" }, body: "" }, 502, "sts-garbled"],
};

const invalidToken = (message) => refusal(400, "InvalidIdentityToken", message);
const success = (body) => ({ status: 200, headers: {}, body });
const tooLong = "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length less than or equal to 20000";

/** For each cause in docs/troubleshooting.md, what an STS answers that means it. Messages are quoted from AWS's documentation and public reports. */
export const causes = {
  "issuer-unreachable": invalidToken("Couldn't retrieve verification key from your identity provider"),
  "thumbprint-mismatch": invalidToken("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"),
  "no-such-provider": invalidToken("No OpenIDConnect provider found in your account for https://issuer.example"),
  "issuer-not-url": invalidToken("Issuer must be a valid URL"),
  "audience-not-registered": invalidToken("Incorrect token audience"),
  "missing-claim": invalidToken("Missing a required claim: sub"),
  "not-a-jwt": invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"),
  "token-premature": invalidToken("Token issued in the future"),
  "token-expired": refusal(400, "ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time"),
  "token-rejected": invalidToken("The web identity token provided could not be validated"),
  "token-rejected-by-issuer": refusal(403, "IDPRejectedClaim"),
  "role-denied": refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
  "scoping-denied": refusal(403, "AccessDenied", "User is not authorized to perform: sts:GetScopedCredentials"),
  "session-too-short": refusal(400, "InsufficientSessionLifetime"),
  "session-revoked": refusal(400, "InvalidSubjectCredentials"),
  "duration-too-long": refusal(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
  "token-too-long": refusal(400, "ValidationError", tooLong),
  "invalid-request": refusal(400, "ValidationError", "Request ARN is invalid"),
  "malformed-policy": refusal(400, "MalformedPolicyDocument"),
  "policy-too-large": refusal(400, "PackedPolicyTooLarge"),
  "session-ended": success(granted("2014-10-24T23:00:23Z")),
  "unreadable-expiration": success(granted("soon")),
  "region-disabled": refusal(403, "RegionDisabledException"),
  throttled: refusal(400, "Throttling", "Rate exceeded"),
  "server-fault": { status: 503, headers: {}, body: "" },
  other: refusal(400, "SomethingNew"),
  "foreign-answer": success("<html>It works!</html>"),
  "answer-too-large": success(sessionIn10MB),
  timeout: "hang",
  "connection-failed": "reset",
};
