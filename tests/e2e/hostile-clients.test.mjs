// Clients that send much and prove nothing: what they cost an isolate, and whether good requests notice.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { sign } from "./answers.mjs";
import { bearer, baseVars, startLocalAws, startWorker } from "./harness.mjs";

const MIB = 2 ** 20;

/** The worker, with one more path that tells how large WebAssembly's memory is; it never shrinks. */
const around = `
  const { Instance } = WebAssembly;
  const memories = [];
  WebAssembly.Instance = function (...parameters) {
    const instance = new Instance(...parameters);
    memories.push(instance.exports.memory);
    return instance;
  };
  const { default: worker } = await import("./index.js");
  export default {
    ...worker,
    fetch(request, env, context) {
      if (!request.url.endsWith("/memory")) return worker.fetch(request, env, context);
      return Response.json(memories.map((memory) => memory.buffer.byteLength));
    },
  };
`;

let aws, worker;

before(async () => {
  aws = await startLocalAws();
  worker = await startWorker({ vars: await baseVars(aws), around });
});

after(async () => {
  await worker?.stop();
  await aws?.stop();
});

/** The size of the memory, in bytes. */
async function memoryBytes() {
  const memories = await (await worker.fetch("/memory")).json();
  assert.equal(memories.length, 1);
  return memories[0];
}

/** A client that goes on with its body for as long as it is let: the answer's status, 0 without one, and what was sent, in bytes. */
function flood(path, headers, maxBytes) {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: new URL(worker.url).port });
    const chunk = Buffer.from(`10000\r\n${" ".repeat(65536)}\r\n`);
    let answer = "";
    let sentBytes = 0;
    const send = () => {
      while (!socket.destroyed && sentBytes < maxBytes) {
        sentBytes += 65536;
        if (!socket.write(chunk)) return void socket.once("drain", send);
      }
      if (!socket.destroyed) socket.end("0\r\n\r\n");
    };
    const end = () => resolve({ status: Number(answer.slice(9, 12)), sentBytes });
    socket.on("data", (data) => {
      answer += data;
      socket.destroy();
    });
    // The runtime may close the connection as soon as it has answered, or before.
    socket.on("error", () => {}).on("close", end);
    socket.write([`POST ${path} HTTP/1.1`, "Host: x", "Transfer-Encoding: chunked", ...headers, "", ""].join("\r\n"), send);
  });
}

test("100 clients with wrong keys and the longest bodies leave the memory below 32 MiB, and good requests are answered", async () => {
  await sign(worker);
  const path = "/v1/multipart/complete";
  const text = `{"parts":[${"[],".repeat((2 * MIB) / 3 - 10)}[]]}`;
  const send = () => worker.fetch(path, { method: "POST", body: text, key: "wrong" });
  // The runtime may close a connection when it has answered, though the client still sends.
  const status = () => send().then((answer) => answer.status, () => "closed");
  const wrong = Array.from({ length: 100 }, status);
  const good = Array.from({ length: 20 }, () => sign(worker));
  const statuses = new Set(await Promise.all(wrong));
  assert.ok(statuses.has(401));
  statuses.delete("closed");
  assert.equal(statuses.size, 1, [...statuses]);
  await Promise.all(good);
  const bytes = await memoryBytes();
  assert.ok(bytes < 32 * MIB, `${bytes} bytes`);
});

test("the longest bodies that a caller may send, and that mean nothing, leave the memory below 32 MiB", async () => {
  for (const piece of ["[],", "{},", '{"a":0},', "[[[[]]]],", '"a",', "0,"]) {
    const text = `{"parts":[${piece.repeat((2 * MIB - 20) / piece.length)}0]}`;
    const sent = await worker.fetch("/v1/multipart/complete", { method: "POST", body: text, key: bearer });
    assert.equal(sent.status, 400, piece);
  }
  const bytes = await memoryBytes();
  assert.ok(bytes < 32 * MIB, `${bytes} bytes`);
});

test("a body in chunks is not read beyond the limit, whatever its Content-Length says", async () => {
  for (const headers of [[], ["Content-Length: 10"], ["Content-Length: 999999999"]]) {
    const { status, sentBytes } = await flood("/v1/sign", [`Authorization: Bearer ${bearer}`, ...headers], 64 * MIB);
    // The answer can get lost when the runtime closes the connection behind it.
    assert.ok([413, 0].includes(status), `${headers}: ${status}`);
    assert.ok(sentBytes < 16 * MIB, `${headers}: ${sentBytes} bytes were taken`);
  }
  const bytes = await memoryBytes();
  assert.ok(bytes < 32 * MIB, `${bytes} bytes`);
});
