// Requests over kept connections.
import { Agent, request } from "node:http";

/** The requests that are under way at a time, each on a connection of its own. */
export const connections = 8;

/** A client for the server on `port` of 127.0.0.1. */
export function connect(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    /** Resolves to the answer as `{ status, headers, body }`. */
    send: (asked) => send(agent, port, asked),

    /** Sends `count` requests, those of `kinds` in turn from number `from` on; an answer with another status than theirs is an error. */
    async repeat(kinds, count, from = 0) {
      let next = from;
      const one = async () => {
        while (next < from + count) {
          const asked = kinds[next++ % kinds.length];
          const { status } = await send(agent, port, asked);
          if (status !== asked.status) throw new Error(`${asked.method} ${asked.path} was answered ${status}`);
        }
      };
      await Promise.all(Array.from({ length: connections }, one));
    },

    close: () => agent.destroy(),
  };
}

function send(agent, port, { path, method, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ agent, host: "127.0.0.1", port, path, method, headers }, (incoming) => {
      const chunks = [];
      incoming.on("data", (chunk) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => resolve({ status: incoming.statusCode, headers: incoming.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
