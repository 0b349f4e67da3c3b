"""Writes sts.json: calls of GetScopedCredentials as botocore makes and signs them. See README.md."""

import datetime
import json
import os
from pathlib import Path
from unittest import mock

for setting in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[setting]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import botocore.auth  # noqa: E402: only now is there no setting of this machine to read
import botocore.session  # noqa: E402

NOW = datetime.datetime(2026, 3, 1, 12, 0, 0, tzinfo=datetime.timezone.utc)
KEY = ("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjE//////////wEa+token==")
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],'
    '"Resource":["arn:aws:s3:::bucket/users/it\'s me/*"]}]}'
)


def call(region, **parameters):
    sent = []
    session = botocore.session.Session()
    session.set_credentials(*KEY)
    client = session.create_client("sts", region_name=region)
    client.meta.events.register("before-send.sts", lambda request, **_: sent.append(request) or stop())
    try:
        client.get_scoped_credentials(**parameters)
    except Sent:
        pass
    request = sent[0]
    text = lambda value: value.decode() if isinstance(value, bytes) else value  # noqa: E731
    return {"url": request.url, "region": region, "body": text(request.body), "authorization": text(request.headers["Authorization"])}


class Sent(Exception):
    pass


def stop():
    raise Sent


with mock.patch.object(botocore.auth, "get_current_datetime", lambda **_: NOW.replace(tzinfo=None)):
    calls = [
        call(region, Policy=POLICY, ScopedSessionDescription="edge-presigner: profile p", **more)
        for region in ("eu-central-1", "us-gov-west-1", "cn-north-1")
        for more in ({}, {"DurationSeconds": 900})
    ]
document = {"accessKeyId": KEY[0], "secretAccessKey": KEY[1], "sessionToken": KEY[2], "policy": POLICY, "calls": calls}
Path(__file__).with_name("sts.json").write_text(json.dumps(document, indent=1) + "\n")
