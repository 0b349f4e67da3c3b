// Every failure in words for people: what happened, and what they can do.
import { PresignerError } from "./edge-presigner-client/index.js";

/** What a file must be. `Unfit` says why one is not. */
export class Unfit extends Error {}

/** Refuses, before anything is uploaded, a file that the worker and S3 would refuse as well. */
export function checkFile(file, { contentTypes, maxBytes }) {
  if (!contentTypes.includes(file.type)) {
    throw new Unfit(`“${file.name}” is not a picture that can be used here. Choose a file of type ${names(contentTypes)}.`);
  }
  if (file.size === 0) throw new Unfit(`“${file.name}” is empty. Choose another picture.`);
  if (file.size > maxBytes) {
    throw new Unfit(`“${file.name}” has ${size(file.size)}, and a picture can have ${size(maxBytes)} at most. Choose a smaller one.`);
  }
}

/** The sentence for a failure, and whether signing in again is the remedy. */
export function explain(error) {
  if (error instanceof Unfit) return { text: error.message };
  if (!(error instanceof PresignerError)) return { text: `Something went wrong: ${error.message || error}. Reload the page and try again.` };
  const { type, status, retryAfterSecs } = error;
  if (status === 401) return { text: "Your sign-in has expired. Sign in again to go on.", signIn: true };
  if (type === "not-allowed" || type === "subject-required") {
    return { text: "Your account may not have a picture here. Ask whoever runs this site." };
  }
  if (type === "rate-limited") {
    const when = retryAfterSecs ? `in ${duration(retryAfterSecs)}` : "in a while";
    return { text: `That was too often. Try again ${when}.` };
  }
  if (type === "no-such-upload" || type === "handle-expired") {
    return { text: "This upload was not finished in time. Choose the picture again." };
  }
  if (type === "EntityTooLarge" || type === "invalid-request") {
    return { text: "The picture was refused: it is too large, or of a type that cannot be used here." };
  }
  if (status === 0) {
    return { text: navigator.onLine ? "The server cannot be reached. Check your connection and try again." : offline };
  }
  if (status === 403) return { text: "The storage refused this. Try again; if it happens again, tell whoever runs this site." };
  return { text: "The server has a problem. Nothing is lost: try again in a minute." };
}

export const offline = "You are offline. This goes on by itself when you are back.";

/** A size as people read it, such as 1.2 MB. */
export function size(bytes) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const value = bytes / (unit === "kilobyte" ? 1e3 : 1e6);
  const maximumFractionDigits = value < 10 ? 1 : 0;
  return new Intl.NumberFormat("en", { style: "unit", unit, maximumFractionDigits }).format(value);
}

/** Media types as people know them, such as “PNG, JPEG or GIF”. */
export function names(contentTypes) {
  const known = contentTypes.map((type) => (type === "image/webp" ? "WebP" : type.replace("image/", "").toUpperCase()));
  return new Intl.ListFormat("en", { type: "disjunction" }).format(known);
}

/** How long ago something was, such as “3 minutes ago”. */
export function ago(date) {
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const secs = (Date.now() - date) / 1000;
  const [unit, length] = units.find(([, length]) => secs >= length) ?? [];
  return unit ? new Intl.RelativeTimeFormat("en").format(-Math.floor(secs / length), unit) : "just now";
}

const duration = (secs) => new Intl.NumberFormat("en", { style: "unit", unit: "second", unitDisplay: "long" }).format(secs);
