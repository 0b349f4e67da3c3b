import { AwsClient } from "aws4fetch";
import { serve } from "./service.mjs";

let client;

export default serve(async (env, { bucket, key, expiresIn }) => {
  client ??= new AwsClient({ ...env.CREDENTIALS, region: env.REGION, service: "s3" });
  const path = key.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`https://${bucket}.s3.${env.REGION}.amazonaws.com/${path}`);
  url.searchParams.set("X-Amz-Expires", expiresIn);
  return (await client.sign(url, { aws: { signQuery: true } })).url;
});
