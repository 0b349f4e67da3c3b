// The floor for the same job: reads as much of a request and answers as much, but decides and signs nothing.
const seen = ["authorization", "accept", "cf-ray"];
let signed;

export default {
  async fetch(request, { URL: url }) {
    const { method, headers } = request;
    for (const name of seen) headers.get(name);
    if (method === "GET") {
      const answer = { location: url, "referrer-policy": "no-referrer", "cache-control": "no-store" };
      return new Response(null, { status: 302, headers: answer });
    }
    const { byteLength } = await request.arrayBuffer();
    signed ??= JSON.stringify({ url, method: "GET", headers: {}, profile: "avatars", key: "users/ada.png", expiresAt: "", expiresIn: 300 });
    const body = byteLength > 1000 ? `{"items":[${Array(100).fill(signed)}]}` : signed;
    return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
  },
};
