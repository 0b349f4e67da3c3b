import { caller, retrying } from "./requests.js";
import { abortUpload, upload } from "./upload.js";

/** @type {typeof import("./index.js").createClient} */
export function createClient(options) {
  const call = caller(options);
  const { profile } = options;
  /**
   * @param {string} path
   * @param {object} [body]
   * @param {{ signal?: AbortSignal }} [options]
   */
  const ask = (path, body, { signal } = {}) => retrying(() => call(path, body, signal), signal);
  const uppy = `/uppy/${encodeURIComponent(String(profile))}`;
  return {
    sign: (operation, fields, options) => ask("/v1/sign", { profile, ...fields, operation }, options),
    signBatch: async (items, options) =>
      (await ask("/v1/sign/batch", { items: items.map((item) => ({ profile, ...item })) }, options)).items,
    upload: (data, options) => upload(call, data, { profile, ...options }),
    abortUpload: (state, options) => abortUpload(call, state, options),
    confirmUpload: (fields, options) => ask("/v1/uploads/confirm", { profile, ...fields }, options),
    uppySignRequest: (request) => ask(`${uppy}/sign`, request),
    uppyGetCredentials: (options) => ask(`${uppy}/credentials`, undefined, options),
  };
}
