"""Writes endpoints.json: where botocore's endpoint rules of S3 put a bucket. See README.md."""

import itertools
import json
import os
import random
from pathlib import Path

for setting in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[setting]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import botocore.session  # noqa: E402: only now is there no setting of this machine to read
from botocore.endpoint_provider import EndpointProvider  # noqa: E402
from botocore.exceptions import EndpointProviderError  # noqa: E402

RANDOM = random.Random(20130524)
SAMPLED = 1200
ACCOUNT = "123456789012"
REGIONS = [
    "us-east-1", "eu-central-1", "ap-southeast-2", "mx-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1",
    "us-isob-east-1", "eusc-de-east-1", "eu-isoe-west-1",
]
# Names that virtual-hosted style can have, and others.
HOSTABLE = [
    "examplebucket", "abc", "a1-" * 20 + "xyz", "my-ap-abcdefghijklmnopqrstuvwxyz1234567890abcd-s3alias",
    "0123456789", "xn--bucket",
]
UNHOSTABLE = ["my.dotted.bucket", "Legacy_Bucket", "UPPER", "under_score", "a" * 60 + ".b"]
ARNS = [
    f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/my-ap", f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint:my-ap",
    f"arn:aws-cn:s3:cn-north-1:{ACCOUNT}:accesspoint/ap", f"arn:aws-us-gov:s3:us-gov-west-1:{ACCOUNT}:accesspoint/ap",
]
REFUSED = [
    f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/a/b", f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/",
    f"arn:aws:s3:eu-central-1:{ACCOUNT}:accesspoint/under_score", f"arn:aws:s3:eu-central-1:{ACCOUNT}:bucket/name",
    "arn:aws:s3:eu-central-1::accesspoint/ap", "arn:aws:s3:::bucket", "arn:aws:sqs:eu-central-1:1:accesspoint/ap",
    f"arn:aws:s3::{ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap",
    f"arn:aws:s3-object-lambda:eu-central-1:{ACCOUNT}:accesspoint/ap",
    f"arn:aws:s3-outposts:eu-central-1:{ACCOUNT}:outpost/op-01234567890123456/accesspoint/ap",
    "bucket--use1-az4--x-s3", "ap--use1-az4--xa-s3",
    "test-accessp-e0b1d075-1a2b3c4d5e6f7890abcdef1234567890--op-s3",
]
ENDPOINTS = [
    None, None, None, "https://minio.example.com", "http://127.0.0.1:9000", "http://[::1]:9000",
    "https://abc.r2.cloudflarestorage.com", "https://ceph.example.com:8443/s3", "http://localhost:8333",
]
STYLES = ["auto", "virtual", "path"]

session = botocore.session.Session()
loader = session.get_component("data_loader")
provider = EndpointProvider(
    loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions"))


def resolved(bucket, region, style, endpoint, fips, dual_stack, accelerate):
    """URL and signing region; None where the rules, or this project, sign nothing."""
    # As botocore's clients have it: with an endpoint of one's own, auto is path style.
    path_style = style == "path" or (style == "auto" and endpoint is not None)
    arguments = {"Endpoint": endpoint} if endpoint else {}
    try:
        found = provider.resolve_endpoint(
            Bucket=bucket, Region=region, ForcePathStyle=path_style, UseFIPS=fips, UseDualStack=dual_stack,
            Accelerate=accelerate, UseArnRegion=True, UseGlobalEndpoint=False, **arguments)
    except EndpointProviderError:
        return None
    [scheme, *_] = found.properties["authSchemes"]
    if (scheme["name"], scheme["signingName"]) != ("sigv4", "s3"):
        return None
    return [found.url, scheme["signingRegion"]]


def fits(row):
    """Leaves out what this project decides otherwise, which README.md lists."""
    bucket, _, style, endpoint, fips, dual_stack, accelerate = row
    if style == "virtual" and (bucket in UNHOSTABLE or (endpoint and "[" in endpoint) or endpoint == ENDPOINTS[4]):
        return False
    # Other stores than AWS have none of these, and no rule for such names.
    if endpoint and bucket in REFUSED[-3:]:
        return False
    return True


some = list(itertools.product(
    HOSTABLE[:2] + UNHOSTABLE[:2] + ARNS, REGIONS, STYLES, [None], [False, True], [False, True], [False]))
some += itertools.product(
    HOSTABLE[:1] + UNHOSTABLE[:1] + ARNS[:1], ["us-east-1", "cn-north-1"], STYLES, [None], [False, True],
    [False, True], [True])
some += itertools.product(
    HOSTABLE + UNHOSTABLE + ARNS[:1], ["us-east-1"], STYLES, set(ENDPOINTS), [False], [False], [False])
some += itertools.product(REFUSED, ["eu-central-1"], STYLES, [None, ENDPOINTS[3]], [False, True], [False], [False])
everything = [HOSTABLE + UNHOSTABLE + ARNS + REFUSED, REGIONS, STYLES, ENDPOINTS, *[[False, False, True]] * 3]
some += [tuple(RANDOM.choice(values) for values in everything) for _ in range(SAMPLED)]
rows = {row: resolved(*row) for row in sorted(filter(fits, some), key=str)}
lines = ",\n".join(json.dumps([*row, found], separators=(",", ":")) for row, found in rows.items())
Path(__file__).with_name("endpoints.json").write_bytes(f"[\n{lines}\n]\n".encode("ascii"))
print(f"endpoints.json: {len(rows)}, {sum(found is not None for found in rows.values())} resolved")
