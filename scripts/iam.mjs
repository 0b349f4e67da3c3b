// What `npm run check -- --iam` prints: what a configuration needs in AWS, for the AWS CLI, for deploy/cloudformation, for
// deploy/terraform, or as JSON.

import { Stop } from "./console.mjs";

/** The formats, by their names. Each makes a text of the program's JSON and of whose tokens are exchanged. */
export const formats = {
  cli: ({ roles, buckets }, trust) => [...(trust ? [provider(trust)] : [noTrust]), ...roles.flatMap(roleCommands), ...buckets.flatMap(bucketCommands)].join("\n\n"),
  cloudformation: (setup, trust) => JSON.stringify(toParameters(stack(setup, trust)), null, 2),
  terraform: (setup, trust) => JSON.stringify(stack(setup, trust), null, 2),
  json: (setup) => JSON.stringify(setup, null, 2),
};

const noTrust = "# The trust policies are missing: give --issuer, --audience and --subject, or put the token into .dev.vars.";

/**
 * The claims of the bound token by which a role trusts it: IAM compares `azp`, where a token has it, as `aud`. `undefined` without
 * a readable token.
 */
export function trustOf(token) {
  const claims = (jwt) => {
    try {
      return JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));
    } catch {
      return undefined;
    }
  };
  const readable = String(token ?? "").split(/[\s,]+/).map(claims).filter((it) => it?.iss && it.sub);
  const last = readable.sort((a, b) => a.exp - b.exp).at(-1);
  return last && { issuer: last.iss, audiences: [last.azp ?? last.aud].flat(), subject: last.sub };
}

/** The claims of the tokens that may be pushed, or else of the worker's own; `undefined` where neither is configured. */
export function trustOfSettings({ PUSHED_TOKEN_ISSUER, PUSHED_TOKEN_AUDIENCE, PUSHED_TOKEN_SUBJECT, OIDC_ISSUER, OIDC_AUDIENCE, OIDC_SUBJECT }) {
  const trust = (issuer, audience, subject) => issuer && { issuer, audiences: [audience || "sts.amazonaws.com"], subject };
  return trust(PUSHED_TOKEN_ISSUER, PUSHED_TOKEN_AUDIENCE, PUSHED_TOKEN_SUBJECT) || trust(OIDC_ISSUER, OIDC_AUDIENCE, OIDC_SUBJECT || "edge-presigner") || undefined;
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const document = (value) => quote(JSON.stringify(value, null, 2));

function provider({ issuer, audiences }) {
  const command = `aws iam create-open-id-connect-provider --url ${quote(issuer)} --client-id-list ${audiences.map(quote).join(" ")}`;
  return `# Once in each account of a role, if it does not have this provider:\n${command}`;
}

/** Path and name of the role `arn`. */
function roleName(arn) {
  const [, path, name] = arn.match(/:role(\/(?:.*\/)?)(.*)$/);
  return { path, name };
}

// IAM's lowest.
const maxSessionSecs = (role) => Math.max(role.maxSessionSecs, 3600);

function roleCommands(role) {
  const { path, name } = roleName(role.roleArn);
  const create = ["aws iam create-role", `--path ${quote(path)}`, `--role-name ${quote(name)}`, `--max-session-duration ${maxSessionSecs(role)}`];
  return [
    ...(role.trustPolicy ? [`# The role ${role.roleArn}:\n${create.join(" ")} --assume-role-policy-document ${document(role.trustPolicy)}`] : []),
    `aws iam put-role-policy --role-name ${quote(name)} --policy-name edge-presigner --policy-document ${document(role.permissionPolicy)}`,
  ];
}

function bucketCommands({ bucket, region, cors, policy }) {
  const [, , , , account, point] = bucket.startsWith("arn:") ? bucket.split(":") : [];
  const name = point?.replace("accesspoint/", "");
  const put = point
    ? `aws s3control put-access-point-policy --region ${region} --account-id ${account} --name ${quote(name)}`
    : `aws s3api put-bucket-policy --region ${region} --bucket ${quote(bucket)}`;
  const corsBucket = point ? `"$BUCKET_OF_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}"` : quote(bucket);
  return [
    `# ${bucket}: this replaces a policy that is there, so add the statements to it.\n${put} --policy ${document(policy)}`,
    ...(cors.CORSRules.length > 0 ? [`aws s3api put-bucket-cors --region ${region} --bucket ${corsBucket} --cors-configuration ${document(cors)}`] : []),
  ];
}

/** The variables of deploy/terraform, which are also the parameters of deploy/cloudformation: one role and one bucket. */
function stack({ roles: [role, ...otherRoles], buckets: [bucket, ...others] }, trust) {
  const refuse = (reason) => {
    throw new Stop(`A stack has one role and one bucket, and this configuration ${reason}: use the format cli or json.`);
  };
  if (!role) refuse("has none, because static keys sign");
  if (otherRoles.length > 0 || others.length > 0) refuse("has more");
  if (bucket.bucket.startsWith("arn:")) refuse("has an access point");
  if (bucket.cors.CORSRules.length > 1) refuse("needs several CORS rules");
  const ofObjects = role.permissionPolicy.Statement.filter(({ Action }) => !Action.includes("s3:ListBucket"));
  const ofBucket = role.permissionPolicy.Statement.filter(({ Action }) => Action.includes("s3:ListBucket"));
  const prefixes = ofBucket.flatMap(({ Condition }) => Condition?.StringLike?.["s3:prefix"] ?? ["*"]);
  const [cors] = bucket.cors.CORSRules;
  const of = (sid) => bucket.policy.Statement.find(({ Sid }) => Sid === sid)?.Condition;
  const { path, name } = roleName(role.roleArn);
  return {
    issuer_url: trust?.issuer ?? "",
    audiences: trust?.audiences ?? [],
    subject: trust?.subject ?? "",
    role_name: name,
    role_path: path,
    max_session_secs: maxSessionSecs(role),
    bucket_name: bucket.bucket,
    bucket_account: role.permissionPolicy.Statement[0].Condition?.StringEquals?.["aws:ResourceAccount"]?.[0] ?? "",
    objects: ofObjects.map(({ Action, Resource }) => ({ actions: Action, arns: Resource })),
    list_prefixes: prefixes.includes("*") ? ["*"] : prefixes,
    max_signature_age_secs: Number(of("NoOldSignatures").NumericGreaterThan["s3:signatureAge"][0]) / 1000,
    networks: of("PresignedForTheseNetworks")?.NotIpAddress["aws:SourceIp"] ?? [],
    cors_origins: cors?.AllowedOrigins ?? [],
    cors_methods: cors?.AllowedMethods ?? [],
    cors_headers: cors?.AllowedHeaders ?? [],
    cors_expose_headers: cors?.ExposeHeaders ?? [],
  };
}

/** Rules of objects that the template has parameters for. */
const maxRules = 4;

function toParameters({ objects, ...variables }) {
  if (objects.length > maxRules) throw new Stop(`The template has parameters for ${maxRules} statements about objects, and ${objects.length} are needed: use the format cli or terraform.`);
  const rules = objects.flatMap(({ actions, arns }, index) => [
    [`objects_${index + 1}_actions`, actions],
    [`objects_${index + 1}_arns`, arns],
  ]);
  return [...Object.entries(variables), ...rules].map(([name, value]) => {
    const list = [value].flat();
    if (list.length > 1 && list.some((it) => String(it).includes(","))) throw new Stop(`${name} has a comma in a value, which CloudFormation would take for two: use the format cli or terraform.`);
    const ParameterKey = name.replace(/(?:^|_)(.)/g, (_, first) => first.toUpperCase());
    return { ParameterKey, ParameterValue: list.join(",") };
  });
}
