import type { components } from "./openapi.d.ts";

type Schemas = components["schemas"];

/** An operation of S3, such as `getObject`. */
export type Operation = Schemas["Operation"];

/** A presigned request: send `method` to `url`, with exactly these `headers`. */
export type Signed = Schemas["Signed"];

/** An error of the presigner, as it is in a batch. */
export type Problem = Schemas["Problem"];

/** What the presigner calls its problems, such as `not-allowed`. Its page on errors says what each of them means. */
export type ProblemType = Schemas["ProblemType"] extends infer T ? (T extends `urn:problem-type:edge-presigner:${infer Name}` ? Name : never) : never;

/** What this client calls failures of its own. */
export type ClientErrorType = "unreachable" | "unreadable" | "invalid-token" | "other-file" | "invalid-receipt";

/** What has failed. No message has a token in it. */
export declare class PresignerError extends Error {
  constructor(type: PresignerError["type"], what?: { status?: number; detail?: string; retryAfterSecs?: number });
  readonly name: "PresignerError";
  /**
   * The type of the presigner's problem, or S3's code, such as `AccessDenied`, or one of the client's own: `unreachable`, where nothing
   * has answered; `unreadable`, where something else than the presigner or S3 has; `invalid-token`, `other-file`, `invalid-receipt`.
   */
  readonly type: ProblemType | ClientErrorType | (string & {});
  /** The HTTP status, or 0 without an answer. */
  readonly status: number;
  /** What went wrong, in a sentence; empty where S3 does not say. */
  readonly detail: string;
  /** After how many seconds the same request may succeed, where the server says so. */
  readonly retryAfterSecs: number | undefined;
}

export interface ClientOptions {
  /**
   * Where the presigner is, such as `https://presign.example.com`, or a signed link, `https://presign.example.com/c/…`. It is absolute and
   * https, or `createClient` throws a `TypeError`; http is for loopback, and for a `fetch` of your own.
   */
  url: string | URL;
  /** The caller's token or key, or what gives one for each request. Without one, no credential is sent. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** The profile, unless a request names another one. */
  profile?: string;
  /** What sends requests to the presigner, such as a service binding. Default: the platform's `fetch`. */
  fetch?: typeof fetch;
}

type Abortable = { signal?: AbortSignal };
type Asked<T, Names extends keyof T> = Pick<T, Names>;
type Key = { key: string; filename?: never };
type KeyOrFilename = Key | { key?: never; filename: string };
type SignRequest = Schemas["SignRequest"];
type Reading = Key & Asked<SignRequest, "versionId" | "partNumber" | "response" | "download">;
type OfUpload = Key & Required<Asked<SignRequest, "uploadId">>;

/** What each operation needs and can have besides. */
export interface OperationFields {
  getObject: Reading;
  headObject: Reading;
  putObject: KeyOrFilename;
  deleteObject: Key & Asked<SignRequest, "versionId">;
  createMultipartUpload: KeyOrFilename;
  uploadPart: OfUpload & Required<Asked<SignRequest, "partNumber">>;
  completeMultipartUpload: OfUpload;
  abortMultipartUpload: OfUpload;
  listParts: OfUpload & Asked<SignRequest, "maxParts" | "partNumberMarker">;
  listObjectsV2: { key?: never } & Asked<
    SignRequest,
    "prefix" | "delimiter" | "maxKeys" | "continuationToken" | "startAfter" | "encodingType" | "fetchOwner"
  >;
}

/** The fields of a request for one URL. */
export type SignFields<O extends Operation> = OperationFields[O] &
  Asked<SignRequest, "expiresIn" | "headers" | "requestPayer"> & { profile?: string };

/** One item of a batch. */
export type BatchItem = { [O in Operation]: { operation: O } & SignFields<O> }[Operation];

/** A presigned request. Only listings have no key. */
export type SignedFor<O extends Operation> = O extends "listObjectsV2" ? Signed : Signed & { key: string };

export type UploadData = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer> | string;

/** An upload in parts that has begun. It is plain JSON: keep it, and the upload can go on later. Whoever else has it needs the token too. */
export interface UploadState {
  handle: string;
  key: string;
  /** The size of the whole file. */
  sizeBytes: number;
  partSizeBytes: number;
  parts: number;
  /** When the upload can no longer go on, in RFC 3339. */
  expiresAt: string;
}

export interface UploadOptions {
  profile?: string;
  /** The whole key, where the profile lets the caller choose it. */
  key?: string;
  /** The name of which the presigner makes the key. Default: that of the `File`. */
  filename?: string;
  /** Headers of the object, such as `content-type`, whose default is the type of the `Blob`. */
  headers?: Record<string, string>;
  /** Data of this size or more are uploaded in parts. Default: 16 MiB. With `Infinity` there are never parts. */
  multipartFromBytes?: number;
  /** The size of a part, 5 MiB or more. Default: 8 MiB, or more for huge files. */
  partSizeBytes?: number;
  /** An upload to go on with. */
  state?: UploadState;
  /** Hears of an upload in parts once, when it has begun. */
  onState?: (state: UploadState) => void;
  /** Hears how many bytes have been sent. Where there is no `XMLHttpRequest`, as in Node and Workers: once for each part. */
  onProgress?: (progress: { loaded: number; total: number }) => void;
  /** Ends the upload for good: its parts are removed. While they are put together, it may come too late: there may be an object. */
  signal?: AbortSignal;
  /** Stops the upload, so that it can go on later with its `state`; without one, it begins anew. It does not stop parts from being put together. */
  pauseSignal?: AbortSignal;
}

export interface Uploaded {
  /** The whole key of the object. */
  key: string;
  /** Its `ETag`, if it could be read: in a browser, the bucket's CORS rules have to expose it. */
  etag?: string;
}

/** What Uppy asks `signRequest` for, and what it gets. */
export type UppySignRequest = Schemas["UppySign"];
export type UppySigned = Schemas["UppyUpload"];
export type UppyCredentials = Schemas["UppyCredentials"];

export interface Client {
  /** Asks for a presigned URL. */
  sign<O extends Operation>(operation: O, fields: SignFields<O>, options?: Abortable): Promise<SignedFor<O>>;
  /** Asks for up to 100 presigned URLs at once. Each item succeeds or fails on its own: a failed one is `{ problem }`. */
  signBatch(items: BatchItem[], options?: Abortable): Promise<Schemas["BatchItem"][]>;
  /** Uploads data, and resolves once S3 has all of it. */
  upload(data: UploadData, options?: UploadOptions): Promise<Uploaded>;
  /** Gives up an upload in parts that has been stopped, and removes its parts. There need not be any. */
  abortUpload(state: Pick<UploadState, "handle">, options?: Abortable): Promise<void>;
  /** Asks for a receipt: the presigner's signed statement about an object. */
  confirmUpload(
    fields: Omit<Schemas["ConfirmUpload"], "profile"> & { profile?: string },
    options?: Abortable,
  ): Promise<Schemas["UploadConfirmed"]>;
  /** The function `signRequest` for `@uppy/aws-s3` 6, for the client's `profile`. */
  uppySignRequest(this: void, request: UppySignRequest): Promise<UppySigned>;
  /** The function `getCredentials` for `@uppy/aws-s3` 6, for the client's `profile`. */
  uppyGetCredentials(this: void, options?: Abortable): Promise<UppyCredentials>;
}

/** A client of the presigner. What may pass is tried again up to five times, and waits while the browser is offline. */
export declare function createClient(options: ClientOptions): Client;

/** The claims of a receipt. */
export interface Receipt {
  iss: string;
  aud: string;
  iat: number;
  exp: number;
  jti: string;
  profile: string;
  bucket: string;
  key: string;
  sizeBytes: number;
  etag: string;
  /** As the upload said it: nobody has verified it. */
  contentType?: string;
  /** Checksums in base64, by algorithm. */
  checksums?: Record<string, string>;
  checksumType?: "FULL_OBJECT" | "COMPOSITE";
  versionId?: string;
  lastModified?: string;
  /** Who asked for the receipt. */
  caller: { name: string; subject?: string };
  /** As the client said it: nobody has verified it. */
  payload?: Record<string, unknown>;
}

export interface ReceiptOptions {
  /** `OIDC_ISSUER` of the presigner, to the letter. Keys are fetched by https, or http as with the `url` of a client. */
  issuer: string;
  /** `receiptAudience` of the profile. */
  audience: string;
  /** The public keys. Default: they are fetched from the issuer, and kept for ten minutes; while the issuer fails, for an hour. */
  jwks?: { keys: Record<string, unknown>[] };
  /** How far clocks may differ. Default: 30. */
  clockToleranceSecs?: number;
  /** What fetches the keys, such as a service binding. Default: the platform's `fetch`. */
  fetch?: typeof fetch;
}

/** Verifies a receipt and resolves to its claims. Rejects with `invalid-receipt` unless everything about it is right. */
export declare function verifyReceipt(receipt: string, options: ReceiptOptions): Promise<Receipt>;

/** What a link allows: the fields of `POST /v1/links`, and the name under which a rate limit counts it. */
export type Grant = Omit<Schemas["LinkRequest"], "key" | "keyPrefix"> & { countedAs?: string } & (
    | { key: string; keyPrefix?: never }
    | { key?: never; keyPrefix: string }
  );

/**
 * Makes a signed link, `https://…/c/…`, without a request. It needs `LINK_KEY`, so that it belongs on a server. What follows it is the path
 * of a route, or it is the `url` of a client.
 */
export declare function makeLink(url: string | URL, linkKey: string, grant: Grant): Promise<string>;
