// The floor: what the runtime itself costs.
export default {
  fetch: () => new Response(null, { status: 204 }),
};
