// Presigns as many URLs as a request asks for, and answers with the last.
import { initSync, presign } from "presign";
import module from "./presign_bg.wasm";

initSync({ module });

export default {
  fetch(request, { REGION, BUCKET, KEY, CREDENTIALS: { accessKeyId, secretAccessKey, sessionToken } }) {
    const count = Number(new URL(request.url).searchParams.get("count"));
    const place = [REGION, BUCKET, KEY, Math.floor(Date.now() / 1000)];
    return new Response(presign(accessKeyId, secretAccessKey, sessionToken, ...place, count));
  },
};
