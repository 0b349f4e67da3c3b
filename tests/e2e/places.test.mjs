// Where objects are: a proxy in front of the bucket, and buckets and regions as stores other than AWS have them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ask, expectProblem, sign } from "./answers.mjs";
import { baseVars, bearer, startIssuer, startLocalAws, startMiniStack, startProxy, startWorker } from "./harness.mjs";

const servers = {
  SeaweedFS: async () => startLocalAws(),
  MiniStack: async () => {
    const issuer = await startIssuer();
    const aws = await startMiniStack({ issuer });
    return { ...aws, stop: () => Promise.all([aws.stop(), issuer.stop()]) };
  },
};

for (const [name, start] of Object.entries(servers)) {
  describe(`${name} behind a proxy`, () => {
    let aws, front, passed, worker;
    before(async () => {
      aws = await start();
      await aws.putObject("users/a b.txt", "a text");
      // `proxy_set_header Host`, with the host that was signed for; and one that leaves the client's, which is wrong.
      front = await startProxy(aws, { host: new URL(aws.endpoint).host });
      passed = await startProxy(aws);
      const vars = await baseVars(aws);
      vars.PROFILES.avatars.publicUrl = front.endpoint;
      vars.PROFILES.passed = { ...vars.PROFILES.avatars, publicUrl: passed.endpoint };
      worker = await startWorker({ vars });
    });
    after(async () => {
      await worker?.stop();
      await Promise.all([front?.stop(), passed?.stop()]);
      await aws?.stop();
    });

    const post = async (path, json) => {
      const answer = await worker.fetch(path, { key: bearer, json });
      const text = await answer.text();
      assert.ok(answer.ok, text);
      return text === "" ? undefined : JSON.parse(text);
    };
    const hears = async (url, init) => {
      assert.ok(url.startsWith(`${front.endpoint}/${aws.bucket}`), url);
      const before = front.requests.length;
      const answer = await fetch(url, init);
      assert.equal(front.requests.length, before + 1);
      return answer;
    };

    test("objects are read, written and redirected to by the public URL", async () => {
      const key = "users/a b.txt";
      assert.equal(await (await hears((await sign(worker, { key })).url)).text(), "a text");
      const put = await sign(worker, { operation: "putObject", key: "users/new" });
      assert.equal((await hears(put.url, { method: "PUT", body: "new" })).status, 200);
      assert.equal(await (await aws.s3("GET", "users/new")).text(), "new");
      const item = { profile: "avatars", operation: "getObject", key };
      const { items } = await post("/v1/sign/batch", { items: [item] });
      assert.equal((await hears(items[0].url)).status, 200);
      const redirect = await worker.fetch("/o/avatars/users/a%20b.txt", { key: bearer, redirect: "manual" });
      assert.equal(await (await hears(redirect.headers.get("location"))).text(), "a text");
      // Signed for no other host than S3's own.
      const { url } = await sign(worker, { key });
      assert.equal((await fetch(url.replace(front.endpoint, aws.endpoint))).status, 200);
    });

    test("an upload in parts is sent through it, and put together past it", async () => {
      const { handle } = await post("/v1/multipart", { profile: "avatars", key: "users/parts" });
      const { parts } = await post("/v1/multipart/sign", { handle, parts: [{ partNumber: 1 }] });
      const answer = await hears(parts[0].url, { method: "PUT", body: "one part" });
      assert.equal(answer.status, 200, await answer.text());
      const before = front.requests.length;
      await post("/v1/multipart/complete", { handle, parts: [{ partNumber: 1, etag: answer.headers.get("etag") }] });
      assert.equal(front.requests.length, before);
      assert.equal(await (await aws.s3("GET", "users/parts")).text(), "one part");
    });

    // SeaweedFS takes no form with the credentials of a session.
    if (name !== "SeaweedFS") {
      test("a form is posted to it", async () => {
        const { url, fields } = await post("/v1/post-policy", { profile: "avatars", key: "users/form" });
        const data = new FormData();
        for (const [field, value] of Object.entries(fields)) data.append(field, value);
        data.append("file", new Blob(["a form"]), "form");
        const answer = await hears(url, { method: "POST", body: data });
        assert.equal(answer.status, 204, await answer.text());
        assert.equal(await (await aws.s3("GET", "users/form")).text(), "a form");
      });
    }

    test("a proxy that sends its own host on breaks the signature", async () => {
      const { url } = await sign(worker, { profile: "passed", key: "users/a b.txt" });
      assert.ok(url.startsWith(passed.endpoint));
      assert.equal((await fetch(url)).status, 403);
    });
  });
}

test("SeaweedFS takes a bucket that AWS could not have, a region of OpenStack, and its own form of a role", async () => {
  const aws = await startLocalAws({ bucket: "amzn-s3-demo-files--x-s3" });
  try {
    await aws.putObject("users/ada.png", "a picture");
    const role = aws.roleArn.split("/").at(-1);
    const vars = { ...(await baseVars(aws)), AWS_REGION: "RegionOne", AWS_ROLE_ARN: `arn:aws:iam::role/${role}` };
    const worker = await startWorker({ vars });
    try {
      const { url } = await sign(worker);
      assert.equal(new URL(url).pathname, `/${aws.bucket}/users/ada.png`);
      assert.match(new URL(url).searchParams.get("X-Amz-Credential"), /\/RegionOne\/s3\/aws4_request$/);
      assert.equal(await (await fetch(url)).text(), "a picture");
    } finally {
      await worker.stop();
    }
  } finally {
    await aws.stop();
  }
});

test("an endpoint that names the bucket signs nothing, so nothing is stored under another key", async () => {
  const aws = await startLocalAws();
  try {
    const vars = { ...(await baseVars(aws)), AWS_ENDPOINT_URL_S3: `${aws.endpoint}/${aws.bucket}` };
    const worker = await startWorker({ vars });
    try {
      await expectProblem(await ask(worker, { operation: "putObject", key: "users/new" }), 500, "misconfigured");
      assert.match(worker.logs.join("\n"), /AWS_ENDPOINT_URL_S3 must not name the bucket in its path/);
    } finally {
      await worker.stop();
    }
  } finally {
    await aws.stop();
  }
});
