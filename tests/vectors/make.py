"""Writes presigned_urls.json, partitions.json and post_forms.json: what botocore answers. See README.md."""

import datetime
import json
import os
import random
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote_to_bytes, urlsplit

for setting in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[setting]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import botocore.auth  # noqa: E402: only now is there no setting of this machine to read
import botocore.session  # noqa: E402
import botocore.signers  # noqa: E402
from botocore.endpoint_provider import EndpointProvider  # noqa: E402
from botocore.exceptions import EndpointProviderError  # noqa: E402
from botocore.config import Config  # noqa: E402

METHODS = {"getObject": "GET", "headObject": "HEAD", "putObject": "PUT", "deleteObject": "DELETE"}
REGIONS = ["us-east-1", "eu-central-1", "ap-southeast-2", "cn-north-1", "us-gov-west-1", "mx-central-1"]
LOCAL, MINIO = "http://127.0.0.1:9000", "https://minio.example.com"
R2 = "https://abc.r2.cloudflarestorage.com"
LIFETIMES = [1, 60, 3600, 604800]
CLOCKS = [
    "1999-12-31T23:59:59Z", "2000-01-01T00:00:00Z", "2023-12-31T23:59:59Z", "2024-02-29T00:00:00Z",
    "2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z", "2038-01-19T03:14:08Z", "2096-02-29T12:34:56Z",
]
# The example keys of AWS's documentation; they open nothing.
LONG_TERM = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TEMPORARY = ("ASIAIOSFODNN7EXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
RANDOM = random.Random(20130524)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
TOKENS = {
    "short": "AQoDYXdzEPT//////////wEXAMPLE+token/with=signs==",
    "long": "IQoJb3JpZ2luX2VjE+/" + "".join(RANDOM.choices(BASE64, k=680)) + "=",
}
KEYS = {
    "space": "a b c.txt", "edge_spaces": " a ", "plus": "a+b.txt", "tilde": "~a~",
    "percent": "100%", "percent_2f": "a%2Fb", "percent_25": "%2525", "form_encoded": "a%20b+c",
    "apostrophe_parentheses_bang_star": "it's (a) test!*", "double_quotes": 'say "hi"',
    "inner_double_slash": "a//b", "leading_slash": "/a", "leading_double_slash": "//evil.example/x",
    "leading_triple_slash": "///a", "only_slash": "/", "trailing_slash": "a/b/", "trailing_double_slash": "a//",
    "question_mark": "a?b=c", "hash": "a#b", "ampersand_equals": "a&b=c&=", "colon_at": "user:pass@host",
    "backslash": "a\\b\\", "pipe_caret": "a|b^c", "brackets": "[a]{b}<c>", "backtick": "a`b",
    "dollar_comma_semicolon": "$1,2;3", "template": "{Key}/{Bucket+}", "dots_in_segments": "..a/b../.../.c",
    "url": "https://evil.example:8443/x?y=1#z", "query": "a?X-Amz-Expires=604800&X-Amz-Signature=00",
    "bucket_first": "examplebucket/a",
    "every_ascii_mark": "".join(chr(c) for c in range(0x20, 0x7F) if not chr(c).isalnum()),
    "control_characters": "".join(map(chr, range(0x01, 0x20))),
    "tab": "a\tb", "newline": "a\nb", "crlf": "a\r\nb", "del": "a\x7fb",
    "japanese": "日本/東京.txt", "hebrew": "שלום", "emoji": "🦀/👩\u200d💻",
    "e_acute_composed": "caf\u00e9", "e_acute_decomposed": "cafe\u0301",
    "line_separator": "a\u2028b", "byte_order_mark": "\ufeffa", "last_code_point": "\U0010ffff",
    "1024_bytes_ascii": "0123456789abcde/" * 63 + "0123456789abcdef",
    "1024_bytes_japanese": "日" * 341 + "x",
    "1024_bytes_percent": "%" * 1024,
}

session = botocore.session.Session()
session.set_config_variable("sts_regional_endpoints", "regional")
vectors = []


def s3_client(region, style, **settings):
    s3 = {"addressing_style": style, "us_east_1_regional_endpoint": "regional"}
    return session.create_client("s3", region, config=Config(signature_version="s3v4", s3=s3), **settings)


def add(name, operation="getObject", region="us-east-1", bucket="examplebucket", key="photos/puppy.jpg",
        endpoint=None, style="virtual", token=None, now="2013-05-24T00:00:00Z", expires=3600):
    access_key_id, secret_access_key = TEMPORARY if token else LONG_TERM
    client = s3_client(region, style, endpoint_url=endpoint, aws_access_key_id=access_key_id,
                       aws_secret_access_key=secret_access_key, aws_session_token=token)
    clock = datetime.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ")
    with patch.object(botocore.auth, "get_current_datetime", lambda: clock):
        url = client.generate_presigned_url(
            operation.replace("Object", "_object"), Params={"Bucket": bucket, "Key": key}, ExpiresIn=expires)
    check(url, urlsplit(endpoint or client.meta.endpoint_url).netloc, bucket, key, style, token)
    vectors.append({
        "name": name, "operation": operation, "method": METHODS[operation], "region": region, "bucket": bucket,
        "key": key, "endpoint": endpoint, "addressingStyle": style, "accessKeyId": access_key_id,
        "secretAccessKey": secret_access_key, "sessionToken": token, "now": now, "expiresInSecs": expires,
        "url": url,
    })


def check(url, host, bucket, key, style, token):
    """That botocore kept to the host, the style and the key it was given, which it does not always."""
    parts = urlsplit(url)
    virtual = {f"{bucket}.{host}": True, host: False}[parts.netloc]
    assert style in ("auto", "virtual" if virtual else "path"), url
    start = "/" if virtual else f"/{bucket}/"
    assert parts.path.startswith(start) and unquote_to_bytes(parts.path[len(start):]) == key.encode(), url
    order = ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Security-Token", "Signature"]
    names = [f"X-Amz-{name}" for name in order if token or name != "Security-Token"]
    assert [pair.split("=")[0] for pair in parts.query.split("&")] == names, url


add("aws_published_example", key="test.txt", endpoint="https://s3.amazonaws.com", expires=86400)
assert vectors[0]["url"].startswith("https://examplebucket.s3.amazonaws.com/test.txt?")
assert vectors[0]["url"].endswith("=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")

for operation in METHODS:
    for style in ["virtual", "path"]:
        for region in REGIONS:
            add(f"{operation}_{region}_{style}", operation, region, style=style)
        for name, token in TOKENS.items():
            add(f"{operation}_token_{name}_{style}", operation, style=style, token=token)
    for style in ["auto", "virtual", "path"]:
        add(f"{operation}_r2_{style}", operation, "auto", endpoint=R2, style=style)
        add(f"{operation}_minio_{style}", operation, endpoint=MINIO, style=style, token=TOKENS["short"])
    for style in ["auto", "path"]:
        add(f"{operation}_local_{style}", operation, endpoint=LOCAL, style=style)

for region in ["us-east-1", "cn-north-1", "us-gov-west-1"]:
    add(f"bucket_plain_{region}_auto", region=region, style="auto")
for region in REGIONS:
    add(f"bucket_dotted_{region}_auto", region=region, bucket="my.dotted.bucket", style="auto")
add("bucket_dotted_path", bucket="my.dotted.bucket", style="path")
add("bucket_dotted_minio_auto", bucket="my.dotted.bucket", endpoint=MINIO, style="auto")
add("bucket_dotted_r2_path", region="auto", bucket="my.dotted.bucket", endpoint=R2, style="path")
add("bucket_3_characters_auto", bucket="abc", style="auto")
add("bucket_63_characters_auto", bucket="a1-" * 20 + "xyz", style="auto")
add("bucket_legacy_name_auto", bucket="Legacy_Bucket", style="auto")
for style in ["auto", "virtual"]:
    add(f"https_port_{style}", endpoint=MINIO + ":9000", style=style)
for expires in LIFETIMES:
    add(f"lifetime_{expires}", expires=expires)
    add(f"lifetime_{expires}_put_token", "putObject", style="path", token=TOKENS["long"], expires=expires)
for now in CLOCKS:
    add(f"clock_{now}", now=now, expires=604800)
for name, key in KEYS.items():
    add(f"key_{name}_virtual", key=key)
    add(f"key_{name}_path", "putObject", "eu-central-1", key=key, style="path", token=TOKENS["short"])
for number in range(12):
    operation, region, style, token, now, expires = (
        RANDOM.choices(values)[0]
        for values in [list(METHODS), REGIONS, ["virtual", "path"], [None, *TOKENS.values()], CLOCKS, LIFETIMES])
    key = "".join(RANDOM.choices("/ %+a~'\u00e9日🦀", k=20))
    add(f"mixed_{number}", operation, region, key=key, style=style, token=token, now=now, expires=expires)
assert len({vector["name"] for vector in vectors}) == len(vectors)

ALL_FIELDS = {
    "acl": "public-read", "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Disposition": "attachment; filename=\"a b.png\"; filename*=UTF-8''%C3%A4%20b.png",
    "Content-Encoding": "gzip", "Content-MD5": "XrY7u+Ae7tCTyyK7j1rNww==",
    "Expires": "Thu, 01 Dec 2044 16:00:00 GMT", "success_action_redirect": "https://app.example/done?a=1&b=2#c",
    "tagging": "<Tagging><TagSet><Tag><Key>k\u00e9y</Key><Value>v</Value></Tag></TagSet></Tagging>",
    "x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
    "x-amz-meta-owner": "ada", "x-amz-meta-quotes": "\"\\'<>&$", "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:123456789012:key/1234",
    "x-amz-storage-class": "STANDARD_IA", "x-amz-website-redirect-location": "/other",
}
forms = []


def add_form(name, region="us-east-1", bucket="examplebucket", key="photos/puppy.jpg", endpoint=None, style="virtual",
             token=None, now="2013-05-24T00:00:00Z", expires=3600, size=None, content_type=None, fields=None):
    """A form by boto3's generate_presigned_post, with a condition for everything that is asked of it."""
    access_key_id, secret_access_key = TEMPORARY if token else LONG_TERM
    client = s3_client(region, style, endpoint_url=endpoint, aws_access_key_id=access_key_id,
                       aws_secret_access_key=secret_access_key, aws_session_token=token)
    all_fields = dict(fields or {})
    conditions = [["content-length-range", *size]] if size else []
    if content_type and content_type.endswith("*"):
        conditions.append(["starts-with", "$Content-Type", content_type[:-1]])
    elif content_type:
        all_fields["Content-Type"] = content_type
    conditions += [{field: value} for field, value in all_fields.items()]
    clock = datetime.datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ")
    with patch.object(botocore.auth, "get_current_datetime", lambda: clock), \
            patch.object(botocore.signers, "get_current_datetime", lambda: clock):
        form = client.generate_presigned_post(bucket, key, all_fields, conditions, expires)
    forms.append({
        "name": name, "region": region, "bucket": bucket, "key": key, "endpoint": endpoint, "addressingStyle": style,
        "accessKeyId": access_key_id, "secretAccessKey": secret_access_key, "sessionToken": token, "now": now,
        "expiresInSecs": expires, "sizeBytes": size, "contentType": content_type, "fields": fields or {}, **{
            "url": form["url"], "form": form["fields"]},
    })


for style in ["virtual", "path"]:
    for region in REGIONS:
        add_form(f"{region}_{style}", region, style=style)
    for name, token in TOKENS.items():
        add_form(f"token_{name}_{style}", style=style, token=token)
add_form("bucket_dotted", bucket="my.dotted.bucket", style="auto")
add_form("r2", "auto", endpoint=R2, style="path")
add_form("local", endpoint=LOCAL, style="path", token=TOKENS["short"])
for name, value in ALL_FIELDS.items():
    add_form(f"field_{name}", fields={name: value}, token=TOKENS["short"])
add_form("all_fields", fields=ALL_FIELDS, token=TOKENS["long"], size=[1, 10_485_760], content_type="image/*")
for status in ["200", "201", "204"]:
    add_form(f"status_{status}", fields={"success_action_status": status})
for size in [[0, 0], [1, 1], [0, 5_368_709_120], [1024, 5_242_880]]:
    add_form(f"size_{size[0]}_{size[1]}", size=size)
for content_type in ["image/png", "image/*", "text/plain; charset=utf-8", "*"]:
    add_form(f"content_type_{content_type}", content_type=content_type)
for prefix in ["users/ada/", "", "users/\u00e4/", "a b+c/"]:
    add_form(f"below_{prefix}", key=prefix + "${filename}")
for expires in LIFETIMES:
    add_form(f"lifetime_{expires}", expires=expires)
for now in CLOCKS:
    add_form(f"clock_{now}", now=now)
for name, key in KEYS.items():
    add_form(f"key_{name}", key=key)
assert len({form["name"] for form in forms}) == len(forms)

loader = session.get_component("data_loader")
load = loader.load_data
partitions = [partition for name in ["partitions", "endpoints"] for partition in load(name)["partitions"]]
regions = sorted({region for partition in partitions for region in partition["regions"]})
providers = {
    service: EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), load("partitions"))
    for service in ["s3", "sts"]
}


def variant_host(service, region, legacy, **use):
    """The host by the service's endpoint rules; None where they give none."""
    try:
        url = providers[service].resolve_endpoint(Region=region, UseGlobalEndpoint=legacy, **use).url
    except EndpointProviderError:
        return None
    return urlsplit(url).netloc


variants = [
    {
        "region": region,
        "fips": fips,
        "dualStack": dual_stack,
        "s3Host": variant_host("s3", region, False, UseFIPS=fips, UseDualStack=dual_stack),
        "stsHost": variant_host("sts", region, False, UseFIPS=fips, UseDualStack=dual_stack),
        "stsLegacyHost": variant_host("sts", region, True, UseFIPS=fips, UseDualStack=dual_stack),
    }
    for region in regions
    if not region.endswith("-global")
    for fips in [False, True]
    for dual_stack in [False, True]
]

tables = {"presigned_urls.json": vectors, "partitions.json": variants, "post_forms.json": forms}
for name, rows in tables.items():
    text = "[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n"
    Path(__file__).with_name(name).write_bytes(text.encode("ascii"))
    print(f"{name}: {len(rows)}")
