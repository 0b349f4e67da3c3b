// What `import worker, { type Env } from "edge-presigner"` has. docs/configuration.md describes every binding.

/** A variable that is JSON: as `[vars.NAME]` in wrangler.toml, or as text. */
type Json = string | Record<string, unknown>;

/** What the worker uses of a KV namespace. */
interface Namespace {
  get(key: string, options: { type: "arrayBuffer"; cacheTtl?: number }): Promise<ArrayBuffer | null>;
  put(key: string, value: ArrayBuffer | ArrayBufferView, options?: { expirationTtl?: number }): Promise<void>;
}

/** What the worker uses of a secret in the Secrets Store. */
interface StoredSecret {
  get(): Promise<string>;
}

/** What the worker uses of a rate limiter. */
interface Limiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** What the worker uses of a namespace of Durable Objects of the class {@link SessionObject}. */
interface SessionObjects {
  getByName(name: string): { obtain(question: string): Promise<string> };
}

/** What the worker uses of a dataset of Analytics Engine. */
interface Dataset {
  writeDataPoint(point?: { indexes?: (string | ArrayBuffer | null)[]; doubles?: number[]; blobs?: (string | ArrayBuffer | null)[] }): void;
}

/** The variables, secrets and bindings of the worker. Those with a question mark are optional, or needed only by some. */
export interface Env {
  /** Binding: holds the encrypted sessions. */
  SESSIONS?: Namespace;
  /** Binding: obtains each session in one place of the world. */
  SESSION_OBJECT?: SessionObjects;
  /** Binding: counts requests, with `RATE_LIMIT` beside it. */
  RATE_LIMITER?: Limiter;
  /** Binding: gets data points for requests and other events. */
  ANALYTICS?: Dataset;

  /** Secret, of the worker or of the Secrets Store: the OIDC token, a JWT. */
  AWS_WEB_IDENTITY_TOKEN?: string | StoredSecret;
  /** The URL of the worker as its own OIDC issuer. */
  OIDC_ISSUER?: string;
  /** Secret: the private keys that sign its tokens, as JWKs. */
  OIDC_SIGNING_KEYS?: string;
  /** The claim `sub` of its tokens. */
  OIDC_SUBJECT?: string;
  /** The claim `aud` of its tokens. */
  OIDC_AUDIENCE?: string;
  /** The claim `iss` of tokens that may be pushed. */
  PUSHED_TOKEN_ISSUER?: string;
  /** Their claim `sub`. */
  PUSHED_TOKEN_SUBJECT?: string;
  /** Their audience. */
  PUSHED_TOKEN_AUDIENCE?: string;

  /** Secret: 32 random bytes in base64, or several such keys separated by commas. Encrypts what is in KV. */
  CACHE_KEY?: string;
  /** Secret: 32 random bytes in base64, or several such keys separated by commas. Signs links. */
  LINK_KEY?: string;
  /** Secret: the id of a static key. */
  AWS_ACCESS_KEY_ID?: string;
  /** Secret: the secret of the static key. */
  AWS_SECRET_ACCESS_KEY?: string;
  /** Secret: the session token, for a static key that is temporary. */
  AWS_SESSION_TOKEN?: string;

  /** The region of STS, and of buckets whose profile sets no region. */
  AWS_REGION?: string;
  /** Used where `AWS_REGION` is not set. */
  AWS_DEFAULT_REGION?: string;
  /** The role to assume for profiles that set no role of their own. */
  AWS_ROLE_ARN?: string;
  /** The name of the session in CloudTrail. */
  AWS_ROLE_SESSION_NAME?: string;
  /** The duration of a session in seconds: 900 to 43200. */
  AWS_ROLE_DURATION_SECONDS?: string | number;
  /** The STS endpoint of another server. */
  AWS_ENDPOINT_URL_STS?: string;
  /** The S3 endpoint of another server. */
  AWS_ENDPOINT_URL_S3?: string;
  /** Used for STS or S3 where its own variable is not set. */
  AWS_ENDPOINT_URL?: string;
  /** `regional` or `legacy`. */
  AWS_STS_REGIONAL_ENDPOINTS?: string;
  /** Whether to use AWS's FIPS endpoints. */
  AWS_USE_FIPS_ENDPOINT?: string | boolean;
  /** Whether to use AWS's dual-stack endpoints. */
  AWS_USE_DUALSTACK_ENDPOINT?: string | boolean;

  /** What may be requested, by the names of the profiles. `PROFILES_1` to `PROFILES_32` are read as if they stood in it. */
  PROFILES: Json;
  /** Who may send requests, by the names of the callers. `CALLERS_1` to `CALLERS_32` are read as if they stood in it. */
  CALLERS?: Json;
  /** The limit and period of `RATE_LIMITER`. */
  RATE_LIMIT?: Json;
  /** Which requests get a line in the log: `all`, `failures`, `none`, or `1/100` for all failures and one in 100 of the others. */
  LOG_REQUESTS?: string;

  [part: `PROFILES_${number}` | `CALLERS_${number}`]: Json | undefined;
}

/** What the worker uses of the context of an event. */
interface Context {
  waitUntil(work: Promise<unknown>): void;
}

declare const worker: {
  /** Answers a request. */
  fetch(request: Request, env: Env, context: Context): Response | Promise<Response>;
  /** Renews sessions ahead of need: the work of the Cron Trigger. */
  scheduled(event: unknown, env: Env, context: Context): Promise<void>;
};

/** The class of the objects behind `SESSION_OBJECT`. It does nothing without that binding, and only workers of the account that bind its namespace reach it. */
export declare class SessionObject {
  constructor(context: unknown, env: Env);
  /** Answers the question of an isolate that needs a session. */
  obtain(question: string): Promise<string>;
  /** Deletes what it stores, when that has expired. */
  alarm(): Promise<void>;
}

export default worker;
