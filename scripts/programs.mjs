// Programs that the tests drive as they are: the system's own, else from where their makers or the system publish them.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";
import { root, runLogged, step, Stop } from "./console.mjs";

const programs = {
  chromium: {
    title: "Chromium",
    variable: "CHROMIUM_BIN",
    names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    places: () => ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", chromium.executablePath()],
    install: async () => {
      const cli = join(root, "node_modules", "playwright-core", "cli.js");
      await runLogged("chromium", process.execPath, [cli, "install", "chromium", "--no-shell"]);
    },
    advice: "install Chromium or Chrome (Debian: apt install chromium), or set CHROMIUM_BIN to the path of one",
  },
  "git-lfs": {
    title: "git-lfs",
    variable: "GIT_LFS_BIN",
    names: ["git-lfs"],
    advice: "install it (Debian: apt install git-lfs, macOS: brew install git-lfs)",
  },
  wget: {
    title: "wget",
    variable: "WGET_BIN",
    names: ["wget"],
    advice: "install it (Debian: apt install wget, macOS: brew install wget)",
  },
};

/**
 * Installs the programs that are missing, where that is possible without asking anybody: by apt as root, else by the program's
 * own installer. What is still missing fails the tests that need it, not the others.
 */
export async function ensurePrograms() {
  for (const [name, program] of Object.entries(programs)) {
    if (find(program)) continue;
    try {
      await step(program.title, () => install(name, program));
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      console.log(missing(program));
    }
  }
}

/** The path of a program, or a failure that says how to install it. */
export function programPath(name) {
  const path = find(programs[name]);
  if (!path) throw new Stop(missing(programs[name]));
  return path;
}

function find({ variable, names, places = () => [] }) {
  const set = process.env[variable];
  if (set) return set;
  const folders = (process.env.PATH ?? "").split(delimiter);
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, ...places()].find((path) => existsSync(path));
}

async function install(name, program) {
  if (process.getuid?.() === 0 && !spawnSync("apt-get", ["--version"], { stdio: "ignore" }).error) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await runLogged("apt", "apt-get", ["update", "--quiet"], { env });
    await runLogged(name, "apt-get", ["install", "--yes", "--no-install-recommends", name], { env });
  } else if (program.install) {
    await program.install();
  }
  if (!find(program)) throw new Stop(missing(program));
}

function missing({ title, advice }) {
  return `${title} is missing, which tests drive: ${advice}.`;
}
