// Where the page finds its worker and its sign-in. `npm run dev` serves another one in place of this file.
export default {
  // The worker, without a slash at the end, and its profile: see settings.toml.
  worker: "https://edge-presigner.YOUR.workers.dev",
  profile: "pictures",
  // The OIDC issuer, exactly as it calls itself, and what this page is called there.
  issuer: "https://login.example.com",
  clientId: "profile-pictures",
  // The profile's upload limits, so that the page can tell before it uploads. The worker and S3 enforce them.
  maxBytes: 100_000_000,
  contentTypes: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"],
};
