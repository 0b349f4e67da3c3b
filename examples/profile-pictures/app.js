// The page: which state it is in, and what leads from one to the next.
import config from "./config.js";
import { createClient } from "./edge-presigner-client/index.js";
import { listPictures, removePicture } from "./pictures.js";
import { finishSignIn, signedIn, signIn, signOut } from "./sign-in.js";
import { ago, checkFile, explain, names, offline, size, Unfit } from "./words.js";

const element = (id) => document.getElementById(id);
const page = document.querySelector("main");

// Pictures from this size on are uploaded in parts, so that they can be paused and go on after a reload.
const multipartFromBytes = 16 * 1024 * 1024;

// Why an upload was stopped by its owner.
const paused = new Error("paused");
const cancelled = new Error("cancelled");

let person;
let client;
/** The object that is the picture, the file that was chosen, and the AbortControllers of a running upload: `stop` and `pause`. */
let current, file, running;
let percent = 0;

const leads = {
  loading: () => "One moment …",
  signedOut: () => "Sign in to see it, change it or remove it.",
  failed: () => "It cannot be shown at the moment.",
  empty: () => "You have none yet.",
  shown: () => `Saved ${ago(current.modified)} · ${size(current.sizeBytes)}`,
  preview: () => `${file.name} · ${size(file.size)}`,
  uploading: () => `${size((file.size * percent) / 100)} of ${size(file.size)}`,
  paused: () => `Paused at ${size((file.size * percent) / 100)} of ${size(file.size)}`,
  interrupted: () => `The upload of “${unfinished.read().name}” was interrupted. Choose the same file again, and it goes on from there.`,
  deleting: () => "Deleting …",
};

/** What goes on with a click on `data-action`. */
const actions = {
  signIn: () => signIn(config),
  signOut: () => signOut(config),
  reload: () => load(),
  choose: () => element("file").click(),
  save: () => upload(),
  pause: () => running.pause.abort(paused),
  resume: () => upload(),
  cancel,
  askDelete: () => element("ask").showModal(),
  keep: () => element("ask").close(),
  delete: remove,
  dismiss: () => dismiss(),
};

/** An upload in parts that is not finished, so that it can go on after a reload. Each person has one at most. */
const unfinished = {
  name: () => `unfinished upload of ${person.sub}`,
  read() {
    const record = JSON.parse(localStorage.getItem(this.name()));
    return record && new Date(record.state.expiresAt) > new Date() ? record : undefined;
  },
  keep(state) {
    const { name, size, lastModified } = file;
    localStorage.setItem(this.name(), JSON.stringify({ state, name, size, lastModified }));
  },
  forget() {
    localStorage.removeItem(this.name());
  },
  isOf: (record, file) => ["name", "size", "lastModified"].every((it) => record[it] === file[it]),
};

/** Shows what belongs to a state. */
function show(state) {
  const focused = document.activeElement;
  page.dataset.state = state;
  for (const it of document.querySelectorAll("[data-in]")) it.toggleAttribute("hidden", !it.dataset.in.split(" ").includes(state));
  if (state === "uploading") element("pause").hidden = file.size < multipartFromBytes;
  element("person").hidden = !person || state === "signedOut";
  element("file").disabled = !canChoose();
  page.classList.toggle("can-choose", canChoose());
  element("lead").textContent = leads[state]();
  keepFocus(focused);
}

/** Gives the keyboard another place where it lost its own: the first button, or the heading until there is one. */
function keepFocus(focused) {
  const heading = page.querySelector("h1");
  if (focused.checkVisibility() && focused !== heading) return;
  (page.querySelector(".actions button:not([hidden])") ?? heading).focus();
}

const canChoose = () => ["empty", "shown", "preview", "interrupted"].includes(page.dataset.state);

/** Goes back to what is true without the file that was chosen. */
function settle() {
  file = undefined;
  if (unfinished.read()) return show("interrupted");
  show(current ? "shown" : "empty");
}

function fail(error) {
  const { text, signIn = false } = explain(error);
  console.warn(error);
  element("alert-text").textContent = text;
  element("alert-sign-in").hidden = !signIn || page.dataset.state === "signedOut";
  element("alert").hidden = false;
}

function dismiss() {
  const focused = document.activeElement;
  element("alert").hidden = true;
  keepFocus(focused);
}

/** Says something to those who do not see the page. */
const announce = (text) => (element("status").textContent = text);

function setPercent(value) {
  if (Math.floor(value / 25) > Math.floor(percent / 25)) announce(`${Math.floor(value)}% uploaded`);
  percent = value;
  element("percent").textContent = `${Math.floor(value)}%`;
  element("progress").value = value;
  element("ring").style.setProperty("--done", value);
  if (page.dataset.state === "uploading") element("lead").textContent = leads.uploading();
}

/** Finds the person's picture, and shows it. */
async function load() {
  show("loading");
  try {
    [current] = await listPictures(client);
    await showCurrent();
    settle();
  } catch (error) {
    show(error.status === 401 ? "signedOut" : "failed");
    fail(error);
  }
}

/** Puts the picture in its place, from S3. */
async function showCurrent() {
  const picture = element("picture");
  if (!current) return picture.removeAttribute("src");
  picture.src = (await client.sign("getObject", { key: current.key })).url;
  await picture.decode().catch(() => fail(new Unfit("Your picture cannot be shown. Replace it, or try again later.")));
}

/** Takes a file that was chosen, dropped or pasted, and shows it before it is uploaded. */
async function take(chosen) {
  if (!chosen || !canChoose()) return;
  dismiss();
  const record = unfinished.read();
  try {
    if (record && !unfinished.isOf(record, chosen)) {
      throw new Unfit(`That is another file. To go on, choose “${record.name}” with ${size(record.size)}; or discard that upload.`);
    }
    checkFile(chosen, config);
    const preview = element("preview");
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(chosen);
    await preview.decode().catch(() => {
      throw new Unfit(`“${chosen.name}” cannot be opened. It may be damaged, or something else than its name says.`);
    });
  } catch (error) {
    return fail(error);
  }
  file = chosen;
  setPercent(0);
  if (record) return upload();
  show("preview");
  announce(`${leads.preview()}. Save it, or cancel.`);
}

/** Uploads the file, or goes on with that, and shows the new picture. */
async function upload() {
  dismiss();
  running = { stop: new AbortController(), pause: new AbortController() };
  show("uploading");
  try {
    const { key } = await client.upload(file, {
      multipartFromBytes,
      state: unfinished.read()?.state,
      onState: (state) => unfinished.keep(state),
      onProgress: ({ loaded, total }) => setPercent((100 * loaded) / total),
      signal: running.stop.signal,
      pauseSignal: running.pause.signal,
    });
    unfinished.forget();
    const objects = await listPictures(client);
    current = objects.find((it) => it.key === key);
    await showCurrent();
    settle();
    announce("Your picture is saved.");
    // The pictures before it. What fails here is tried again after the next upload.
    await Promise.allSettled(objects.filter((it) => it.key !== key).map((it) => removePicture(client, it.key)));
  } catch (error) {
    if (error === cancelled) return giveUp();
    if (["no-such-upload", "handle-expired"].includes(error.type)) unfinished.forget();
    if (error !== paused) fail(error);
    show(unfinished.read() ? "paused" : "preview");
    if (error === paused) announce("The upload is paused.");
  }
}

function cancel() {
  dismiss();
  if (page.dataset.state === "uploading") return running.stop.abort(cancelled);
  if (page.dataset.state === "preview") return settle();
  return giveUp();
}

/** Removes what an upload has left at S3. Where that fails, it can be tried again. */
async function giveUp() {
  const record = unfinished.read();
  try {
    if (record) await client.abortUpload(record.state);
    unfinished.forget();
    announce("The upload is cancelled.");
  } catch (error) {
    fail(error);
  }
  // It may have been too late, and the new picture be there.
  await load();
}

async function remove() {
  element("ask").close();
  dismiss();
  show("deleting");
  try {
    for (const { key } of await listPictures(client)) await removePicture(client, key);
    current = undefined;
    await showCurrent();
    announce("Your picture is deleted.");
  } catch (error) {
    fail(error);
  }
  settle();
}

document.addEventListener("click", ({ target }) => {
  const action = target.closest("[data-action]")?.dataset.action;
  if (action) Promise.resolve(actions[action]()).catch(fail);
});

element("file").addEventListener("change", ({ target }) => {
  take(target.files[0]);
  // So that the same file can be chosen again.
  target.value = "";
});

document.addEventListener("paste", ({ clipboardData }) => take(clipboardData.files[0]));

const holdsFile = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (drag) => {
  if (!holdsFile(drag)) return;
  // Without this, the browser would leave the page and open the file.
  drag.preventDefault();
  page.classList.toggle("is-dragged", canChoose());
});
document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? page.classList.remove("is-dragged"));
document.addEventListener("drop", (drop) => {
  page.classList.remove("is-dragged");
  if (!holdsFile(drop)) return;
  drop.preventDefault();
  take(drop.dataTransfer.files[0]);
});

window.addEventListener("offline", () => fail(new Unfit(offline)));
window.addEventListener("online", () => element("alert-text").textContent === offline && dismiss());

// An upload in parts survives this, another one does not.
window.addEventListener("beforeunload", (leaving) => {
  if (page.dataset.state === "uploading" && file.size < multipartFromBytes) leaving.preventDefault();
});

element("file").accept = config.contentTypes.join();
element("kinds").textContent = `${names(config.contentTypes)}, up to ${size(config.maxBytes)}.`;
await finishSignIn(config).catch((error) => fail(new Unfit(`You could not be signed in: ${error.message}`)));
person = signedIn();
if (person && !person.hasExpired) {
  element("name").textContent = person.name;
  client = createClient({ url: config.worker, profile: config.profile, token: () => person.token });
  await load();
} else {
  show("signedOut");
  if (person) fail(new Unfit("Your sign-in has expired. Sign in again to go on."));
}
