// AWS's clients as they come from their registries, each in a process with nothing but an environment.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../../../scripts/console.mjs";
import { testPython } from "../../../scripts/setup.mjs";

/** Resolves to `{ status, stdout, stderr }` of a command with the environment `env`, and nothing of ours but what finds programs. */
export function run(command, args, { env, ...options }) {
  const { PATH, LANG } = process.env;
  const child = spawn(command, args, { ...options, env: { PATH, LANG, PYTHONDONTWRITEBYTECODE: "1", ...env } });
  const done = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (done[name] += text));
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (status) => resolve({ ...done, status })));
}

/** What every client is told of S3 at `aws`, and to look for credentials nowhere else; `home` is a folder of the test. */
export const environment = (aws, home) => ({
  AWS_REGION: aws.region,
  // The name for version 1 of the AWS CLI.
  AWS_DEFAULT_REGION: aws.region,
  AWS_ENDPOINT_URL_S3: aws.endpoint,
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: join(home, "none"),
  AWS_SHARED_CREDENTIALS_FILE: join(home, "none"),
  HOME: home,
});

export const awsCli = (args, options) => run(testPython, ["-m", "awscli", ...args], options);

export const python = (code, args, options) => run(testPython, ["-c", code, ...args], options);

/** The remote `s3:` takes credentials from the environment. */
export const rclone = (aws, args, { env, ...options }) =>
  run(join(testPython, "..", "rclone"), args, {
    ...options,
    env: {
      RCLONE_CONFIG: join(env.HOME, "rclone.conf"),
      RCLONE_CONFIG_S3_TYPE: "s3",
      RCLONE_CONFIG_S3_PROVIDER: "Other",
      RCLONE_CONFIG_S3_ENV_AUTH: "true",
      RCLONE_CONFIG_S3_ENDPOINT: aws.endpoint,
      RCLONE_CONFIG_S3_REGION: aws.region,
      RCLONE_S3_NO_CHECK_BUCKET: "true",
      ...env,
    },
  });

/** Runs `code`, a module in the package's folder, which has `client` of the AWS SDK with path style. */
export const node = (code, args, options) =>
  run(process.execPath, ["--input-type=module", "-e", `
    import * as S3 from "@aws-sdk/client-s3";
    const client = new S3.S3Client({ forcePathStyle: true });
    const [bucket, ...args] = process.argv.slice(1);
    ${code}`, ...args], { cwd: root, ...options });
