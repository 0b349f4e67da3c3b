import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { serve } from "./service.mjs";

let client;

export default serve((env, { bucket, key, expiresIn }) => {
  client ??= new S3Client({ region: env.REGION, credentials: env.CREDENTIALS });
  return getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: key }), { expiresIn });
});
