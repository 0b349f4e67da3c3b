"""Writes operations.json: botocore's signature for each operation and option of S3. See README.md."""

import base64
import datetime
import hashlib
import json
import os
import random
import re
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

for setting in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[setting]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

import botocore.auth  # noqa: E402: only now is there no setting of this machine to read
import botocore.session  # noqa: E402
from botocore.config import Config  # noqa: E402

OPERATIONS = [
    "getObject", "headObject", "putObject", "deleteObject", "createMultipartUpload", "uploadPart",
    "completeMultipartUpload", "abortMultipartUpload", "listParts", "listObjectsV2",
]
RANDOM = random.Random(20130524)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# The example keys of AWS's documentation; they open nothing.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjE+/" + "".join(RANDOM.choices(BASE64, k=680)) + "=",
}
NOW = "2026-03-01T12:00:00Z"
PROFILES = {
    name: {
        "bucket": bucket, "region": region, "addressingStyle": style, "keyPrefix": "", "operations": OPERATIONS,
        "callers": ["anyone"], "maxLifetimeSecs": 604800, "defaultLifetimeSecs": 3600,
    }
    for name, bucket, region, style in [
        ("hosted", "examplebucket", "us-east-1", "virtual"),
        ("path", "examplebucket", "eu-central-1", "path"),
        ("dotted", "my.dotted.bucket", "cn-north-1", "auto"),
    ]
}
COMBINED = 150  # of each operation

session = botocore.session.Session()
model = session.get_service_model("s3")


def wire_name(operation):
    return operation[0].upper() + operation[1:]


def members(operation):
    """Header names in lower case and query names, each with the member it stands for."""
    headers, query = {}, {}
    for name, shape in model.operation_model(wire_name(operation)).input_shape.members.items():
        location = shape.serialization.get("location")
        if location in ("header", "headers"):
            headers[shape.serialization["name"].lower()] = (name, shape)
        elif location == "querystring":
            query[shape.serialization["name"]] = (name, shape)
    return headers, query


def b64(length):
    return base64.b64encode(RANDOM.randbytes(length)).decode()


def text(alphabet, low, high):
    return "".join(RANDOM.choices(alphabet, k=RANDOM.randint(low, high)))


VISIBLE = "".join(map(chr, range(0x21, 0x7F)))
DATES = ["Wed, 21 Oct 2026 07:28:00 GMT", "Sun, 01 Mar 2026 12:00:00 GMT", "Thu, 29 Feb 2024 23:59:59 GMT"]
INSTANTS = ["2027-01-01T00:00:00Z", "2036-02-29T23:59:59Z"]
ETAGS = ['"d41d8cd98f00b204e9800998ecf8427e"', '"a-3"', 'W/"weak"']
CHECKSUMS = {
    "crc32": 4, "crc32c": 4, "crc64nvme": 8, "md5": 16, "sha1": 20, "sha256": 32, "sha512": 64, "xxhash128": 16,
    "xxhash3": 8, "xxhash64": 8,
}
SSE = "x-amz-server-side-encryption"
# A key in the region of the bucket, which replaces the place.
KEY_ARN = "arn:{place}:123456789012:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
LOCK = "x-amz-object-lock"
TEXTS = {
    "cache-control": ["no-store", "private, max-age=86400", "public,  max-age=1 ,   immutable"],
    "content-disposition": ["inline", 'attachment; filename="a b.txt"', "attachment; filename*=UTF-8''%C3%A9.txt"],
    "content-encoding": ["gzip", "br, gzip", "aws-chunked"],
    "content-language": ["de", "de, en-GB"],
    "content-type": ["image/png", "text/plain; charset=utf-8", "application/json", 'multipart/x; boundary="a  b"'],
    "range": ["bytes=0-0", "bytes=100-", "bytes=-5", "bytes=5-600"],
    "x-amz-mfa": ["arn:aws:iam::123456789012:mfa/user 123456"],
    "x-amz-storage-class": ["STANDARD", "STANDARD_IA", "GLACIER_IR", "INTELLIGENT_TIERING"],
    "x-amz-tagging": ["a=b", "k%20ey=v%2Falue&x=", "project=edge&tier=1"],
    "x-amz-website-redirect-location": ["/other.html", "https://example.com/?a=b c"],
}


def plain_values(name, shape):
    """Values of a header that stands by itself."""
    if name in TEXTS:
        return TEXTS[name]
    if getattr(shape, "enum", None):
        return list(shape.enum)
    if name == "x-amz-expected-bucket-owner":
        return ["123456789012", "000000000001"]
    if name == "content-md5":
        return [b64(16) for _ in range(3)]
    if shape.type_name == "timestamp":
        iso = shape.serialization.get("timestampFormat") == "iso8601"
        return INSTANTS if iso else DATES
    if shape.type_name in ("long", "integer"):
        return ["0", "1", "4096", "5368709120"] if shape.type_name == "long" else ["0", "1", "30"]
    if shape.type_name == "boolean":
        return ["true", "false"]
    if shape.type_name == "list":
        return ["RestoreStatus"]
    raise ValueError(name)


def customer_key():
    key = RANDOM.randbytes(32)
    return {
        f"{SSE}-customer-algorithm": "AES256",
        f"{SSE}-customer-key": base64.b64encode(key).decode(),
        f"{SSE}-customer-key-md5": base64.b64encode(hashlib.md5(key).digest()).decode(),
    }


def header_groups(operation, known):
    """Alternatives that exclude each other, a list for each thing that can be said in headers."""
    groups = []
    special = set()

    def group(alternatives, *names):
        alternatives = [it for it in alternatives if set(it) <= set(known)]
        special.update(name for it in alternatives for name in it)
        special.update(set(names) & set(known))
        if alternatives:
            groups.append(alternatives)

    group([
        {SSE: "AES256"}, {SSE: "aws:kms"}, {SSE: "aws:kms:dsse"}, {SSE: "aws:fsx"}, {SSE: "aws:backup"},
        {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": "alias/mine"},
        {SSE: "aws:kms:dsse", f"{SSE}-aws-kms-key-id": KEY_ARN},
        {SSE: "aws:kms", f"{SSE}-context": base64.b64encode(b'{"a":"b"}').decode()},
        {SSE: "aws:kms", f"{SSE}-bucket-key-enabled": "true", f"{SSE}-aws-kms-key-id": KEY_ARN},
        {f"{SSE}-bucket-key-enabled": "false"},
        *[customer_key() for _ in range(4)],
    ])
    checksums = []
    for algorithm, length in CHECKSUMS.items():
        checksums.append({f"x-amz-checksum-{algorithm}": b64(length)})
        announced = {"x-amz-sdk-checksum-algorithm": algorithm.upper(), f"x-amz-checksum-{algorithm}": b64(length)}
        checksums.append(announced)
        if operation == "completeMultipartUpload" and algorithm != "crc64nvme":
            checksums.append({f"x-amz-checksum-{algorithm}": b64(length) + "-17"})
    if operation == "completeMultipartUpload":
        crc = {"x-amz-checksum-crc32": b64(4)}
        checksums += [{**crc, "x-amz-checksum-type": it} for it in ("COMPOSITE", "FULL_OBJECT")]
        checksums += [{"x-amz-checksum-type": it} for it in ("COMPOSITE", "FULL_OBJECT")]
    group(checksums, "x-amz-sdk-checksum-algorithm")
    if operation == "createMultipartUpload":
        algorithms = [it.upper() for it in CHECKSUMS]
        both = [(it, "COMPOSITE") for it in algorithms if it != "CRC64NVME"]
        both += [(it, "FULL_OBJECT") for it in algorithms if it.startswith("CRC")]
        group([{"x-amz-checksum-algorithm": it} for it in algorithms]
              + [{"x-amz-checksum-algorithm": it, "x-amz-checksum-type": kind} for it, kind in both])
    canonical_id = 'id="79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"'
    group([
        *[{"x-amz-acl": value} for value in getattr(known.get("x-amz-acl", (0, 0))[1], "enum", [])],
        {"x-amz-grant-read": canonical_id},
        {"x-amz-grant-full-control": canonical_id, "x-amz-grant-read-acp": f"{canonical_id},  {canonical_id}"},
        {"x-amz-grant-write-acp": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'},
    ])
    group([
        {"x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": date}
        for mode in ["GOVERNANCE", "COMPLIANCE"] for date in INSTANTS
    ])
    group([{f"{LOCK}-event-hold-duration-{unit}": n} for unit in ("days", "years") for n in ("0", "1", "30")])
    if operation in ("putObject", "completeMultipartUpload"):
        group([{"if-match": etag} for etag in ETAGS] + [{"if-none-match": "*"}])
    else:
        group([{"if-match": etag} for etag in ETAGS])
        group([{"if-none-match": etag} for etag in [*ETAGS, "*"]])
    if "x-amz-meta-" in known:
        groups.append([
            {"x-amz-meta-a": "b"}, {"x-amz-meta-empty": ""}, {"x-amz-meta-Mixed-Case": "Value"},
            {"x-amz-meta-blanks": "a  b   c"}, {"x-amz-meta-marks": VISIBLE},
            {"x-amz-meta-b.c_d": "1", "x-amz-meta-a": "2", "x-amz-meta-z": "3"},
            {f"x-amz-meta-{n:03}": str(n) for n in range(30)},
            *[{f"x-amz-meta-{text('abcxyz0189-_.', 1, 12)}": text(VISIBLE, 1, 40)} for _ in range(12)],
        ])
        special.add("x-amz-meta-")
    for name, (_, shape) in known.items():
        if name not in special:
            groups.append([{name: value} for value in plain_values(name, shape)])
    return [[{"headers": it} for it in alternatives] for alternatives in groups]


AWKWARD = [
    " ", "a b", "a+b", "a/b//c/", "100%", "%2F", "é", "e\u0301", "日本", "🦀", "a&b=c", "?x#y", "~-_.", "!*'()",
    "\"<>\\^`{|}", ";:@,$", "a\tb\n", "\x7f\x01",
]
RESPONSE = {
    "cacheControl": TEXTS["cache-control"], "contentDisposition": TEXTS["content-disposition"],
    "contentEncoding": TEXTS["content-encoding"], "contentLanguage": TEXTS["content-language"],
    "contentType": TEXTS["content-type"], "expires": DATES,
}
FIELDS = {
    "versionId": ["null", "3/L4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo", "a=b&c", *AWKWARD],
    "partNumber": [1, 2, 10000],
    "maxParts": [1, 1000],
    "partNumberMarker": [0, 7, 10000],
    "uploadId": ["VXBsb2FkIElEIGZvciA2aWWpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA", "a+b/c=", "x--", *AWKWARD],
    "prefix": ["photos/", *AWKWARD],
    "delimiter": ["/", "||", "日", "%2F"],
    "maxKeys": [1, 2, 1000],
    "continuationToken": ["1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=", "a b"],
    "startAfter": ["photos/2006/", *AWKWARD],
    "fetchOwner": [True, False],
}


def field_groups(query):
    groups = [
        [{name: value} for value in values]
        for name, values in FIELDS.items()
        if re.sub("[A-Z]", lambda it: "-" + it[0].lower(), name) in query or name in query
    ]
    if "response-expires" in query:
        groups.extend([{"response": {name: value}} for value in values] for name, values in RESPONSE.items())
    return groups


def merged(parts):
    request = {}
    for part in parts:
        for name, value in part.items():
            request[name] = {**request.get(name, {}), **value} if isinstance(value, dict) else value
    return request


def typed(shape, value):
    """A header's or parameter's text as boto3 wants it."""
    kind = shape.type_name
    if kind == "timestamp":
        form = "%Y-%m-%dT%H:%M:%SZ" if value[0].isdigit() else "%a, %d %b %Y %H:%M:%S GMT"
        return datetime.datetime.strptime(value, form).replace(tzinfo=datetime.timezone.utc)
    if kind in ("long", "integer"):
        return int(value)
    if kind == "boolean":
        return value in (True, "true")
    return [value] if kind == "list" else value


def botocore_parameters(request, headers, query):
    parameters = {"Bucket": PROFILES[request["profile"]]["bucket"]}
    for name, value in request.items():
        if name in ("profile", "operation", "expiresIn", "headers", "response"):
            continue
        member = name[0].upper() + name[1:]
        parameters[member] = value
    for name, value in request.get("response", {}).items():
        member = "Response" + name[0].upper() + name[1:]
        shape = next(shape for known, shape in query.values() if known == member)
        parameters[member] = typed(shape, value)
    for name, value in request.get("headers", {}).items():
        if name.startswith("x-amz-meta-"):
            parameters.setdefault("Metadata", {})[name[len("x-amz-meta-"):]] = value
        elif name == f"{SSE}-customer-key" and request["operation"] != "listParts":
            # botocore encodes the key and adds its MD5, except for listParts.
            parameters["SSECustomerKey"] = base64.b64decode(value)
        elif name != f"{SSE}-customer-key-md5" or request["operation"] == "listParts":
            member, shape = headers[name]
            parameters[member] = typed(shape, value)
    return parameters


clients = {}
for name, profile in PROFILES.items():
    s3 = {"addressing_style": profile["addressingStyle"], "us_east_1_regional_endpoint": "regional"}
    config = Config(signature_version="s3v4", s3=s3, request_checksum_calculation="when_required")
    clients[name] = session.create_client(
        "s3", profile["region"], config=config, aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"], aws_session_token=CREDENTIALS["AWS_SESSION_TOKEN"])


def signature(request):
    headers, query = members(request["operation"])
    parameters = botocore_parameters(request, headers, query)
    method = re.sub("([A-Z])", lambda it: "_" + it[0].lower(), request["operation"]).replace("_v2", "_v2")
    clock = datetime.datetime.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ")
    with patch.object(botocore.auth, "get_current_datetime", lambda: clock):
        url = clients[request["profile"]].generate_presigned_url(
            method, Params=parameters, ExpiresIn=request.get("expiresIn", 3600))
    pairs = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    signed = set(pairs["X-Amz-SignedHeaders"].split(";"))
    assert signed == {"host"} | {name.lower() for name in request.get("headers", {})}, (request, signed)
    asked = len(request.get("response", {})) + sum(name in FIELDS or name == "encodingType" for name in request)
    fixed = request["operation"] in ("listObjectsV2", "createMultipartUpload")
    extra = [name for name in pairs if not name.startswith("X-Amz-") and name != "x-id"]
    assert len(extra) == asked + fixed, (request, url)
    return pairs["X-Amz-Signature"]


def requests(operation):
    headers, query = members(operation)
    groups = header_groups(operation, headers) + field_groups(query)
    needed = {"key": "photos/puppy.jpg"} if operation != "listObjectsV2" else {"encodingType": "url"}
    if "uploadId" in query:
        needed["uploadId"] = "VXBsb2FkIElE"
    if operation == "uploadPart":
        needed["partNumber"] = 3
    yield needed
    for alternatives in groups:
        for alternative in alternatives:
            yield merged([needed, alternative])
    for key in AWKWARD if "key" in needed else []:
        yield {**needed, "key": key}
    for _ in range(COMBINED):
        chosen = [RANDOM.choice(it) for it in RANDOM.sample(groups, RANDOM.randint(2, min(8, len(groups))))]
        request = merged([needed, *chosen])
        if "key" in request and RANDOM.random() < 0.3:
            request["key"] = "".join(RANDOM.choices(AWKWARD, k=3)).strip("\0")
        if RANDOM.random() < 0.3:
            request["expiresIn"] = RANDOM.choice([1, 60, 86400, 604800])
        yield request


def fits(request):
    return not ("partNumber" in request and "range" in request.get("headers", {}))


def completed(request):
    """The request with what S3 demands beside its headers: a checksum where it locks, and a key of the bucket's region."""
    headers = dict(request.get("headers", {}))
    locks = f"{LOCK}-mode" in headers or headers.get(f"{LOCK}-legal-hold") == "ON"
    if request["operation"] == "putObject" and locks:
        headers.setdefault("content-md5", base64.b64encode(hashlib.md5(b"").digest()).decode())
    if f"{SSE}-aws-kms-key-id" in headers:
        region = PROFILES[request["profile"]]["region"]
        place = f"{'aws-cn' if region.startswith('cn-') else 'aws'}:kms:{region}"
        headers[f"{SSE}-aws-kms-key-id"] = headers[f"{SSE}-aws-kms-key-id"].format(place=place)
    return {**request, "headers": headers} if headers else request


names = list(PROFILES)
vectors = []
for operation in OPERATIONS:
    for number, request in enumerate(filter(fits, requests(operation))):
        request = completed({"profile": names[number % len(names)], "operation": operation, **request})
        vectors.append([request, signature(request)])

samples = {}
for operation in OPERATIONS:
    for alternatives in header_groups(operation, members(operation)[0]):
        for alternative in alternatives:
            for name, value in alternative["headers"].items():
                samples.setdefault(name, value)
table = {
    "now": NOW,
    "credentials": CREDENTIALS,
    "profiles": PROFILES,
    "headers": {operation: sorted(members(operation)[0]) for operation in OPERATIONS},
    "query": {operation: sorted(members(operation)[1]) for operation in OPERATIONS},
    "completedPart": sorted(model.shape_for("CompletedPart").members),
    "listedPart": sorted(model.shape_for("Part").members),
    "samples": {name: value for name, value in sorted(samples.items()) if not name.startswith("x-amz-meta-")},
}
lines = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items()]
rows = ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in vectors)
text = "{\n" + ",\n".join(lines) + f',\n"vectors": [\n{rows}\n]\n}}\n'
Path(__file__).with_name("operations.json").write_bytes(text.encode("ascii"))
print(f"operations.json: {len(vectors)}")
