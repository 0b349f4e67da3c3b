// The client of edge-presigner. index.d.ts declares what is public; each part is a module of its own.
export { createClient } from "./client.js";
export { PresignerError } from "./error.js";
export { makeLink } from "./link.js";
export { verifyReceipt } from "./receipt.js";
