// examples/profile-pictures at an origin of its own on loopback, as an application has one.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { unstable_readConfig as readConfig } from "wrangler";
import { root } from "./console.mjs";

const folder = join(root, "examples", "profile-pictures");
const types = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml" };
const names = ["index.html", "style.css", "icon.svg", "app.js", "pictures.js", "sign-in.js", "words.js"];

/** What is served, from path to file: the page, and the client of the worker, as an application copies it from its package. */
const files = new Map(names.map((name) => [name, join(folder, name)]));
const client = join(root, "packages", "client");
for (const name of readdirSync(client).filter((it) => it.endsWith(".js"))) files.set(`edge-presigner-client/${name}`, join(client, name));

/**
 * Adds to the worker's configuration `{ CALLERS, PROFILES }` what the page needs, as its settings.toml has it, for people of
 * `issuer`, the bucket `bucket` and a page at `origin`.
 */
export function addPictures({ CALLERS, PROFILES }, { issuer, bucket, origin }) {
  const { people, pictures } = settings();
  CALLERS.people = { jwt: { ...people.jwt, issuer } };
  PROFILES.pictures = { ...pictures, bucket, corsOrigins: [origin] };
}

/** Lets scripts of `origin` use the bucket of `aws` as far as the page's cors.json says. */
export async function allowPictures(aws, origin) {
  const { AllowedMethods, AllowedHeaders, MaxAgeSeconds } = corsRule();
  const elements = (name, values) => values.map((value) => `<${name}>${value}</${name}>`).join("");
  const rule = [
    elements("AllowedOrigin", [origin]),
    elements("AllowedMethod", AllowedMethods),
    elements("AllowedHeader", AllowedHeaders),
    elements("MaxAgeSeconds", [MaxAgeSeconds]),
  ].join("");
  const body = `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`;
  const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?cors`, { method: "PUT", body });
  if (!answer.ok) throw new Error(`The CORS rules of the bucket were answered ${answer.status}: ${await answer.text()}`);
}

/** What the page needs of the bucket's CORS rules, and no more. */
export const corsRule = () => JSON.parse(readFileSync(join(folder, "cors.json"), "utf8")).CORSRules[0];

/**
 * Serves the page at `port`, or at one that is free. Resolves to `{ origin, stop, connect }`; `connect({ worker, issuer, s3 })`
 * says where everything is, before which it serves nothing.
 */
export async function servePictures(port = 0) {
  let headers;
  let config;
  let origin;
  const server = createServer((request, response) => {
    // Under another name, such as localhost, the page would be of another origin.
    if (`http://${request.headers.host}` !== origin) return response.writeHead(302, { Location: origin }).end();
    const name = new URL(request.url, "http://page").pathname.slice(1) || "index.html";
    if (!config || !(files.has(name) || name === "config.js")) {
      response.writeHead(404, { "Content-Type": "text/plain" });
      return response.end("There is no such file.");
    }
    response.writeHead(200, { ...headers, "Content-Type": `${types[extname(name)]}; charset=utf-8` });
    response.end(name === "config.js" ? config : readFileSync(files.get(name)));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    connect({ worker, issuer, s3 }) {
      const { people, pictures } = settings();
      const { maxBytes, contentTypes } = pictures.upload;
      const values = { worker, profile: "pictures", issuer, clientId: people.jwt.audience, maxBytes, contentTypes };
      config = `export default ${JSON.stringify(values)};\n`;
      headers = { "Content-Security-Policy": policy(worker, issuer, s3), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

// Nothing from anywhere else, and no script but those of the page.
const policy = (worker, issuer, s3) =>
  [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", `img-src 'self' blob: ${s3}`],
    `connect-src ${worker} ${issuer} ${s3}`,
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  ].join("; ");

function settings() {
  const { vars } = readConfig({ config: join(folder, "settings.toml") }, { hideWarnings: true });
  return { people: vars.CALLERS.people, pictures: vars.PROFILES.pictures };
}
