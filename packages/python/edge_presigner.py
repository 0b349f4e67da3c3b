"""A client of edge-presigner: presigned S3 URLs, signed links and receipts of uploads, with the standard library alone.

The names of fields, problems and claims are those of the worker, whose documentation describes them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import math
import re
import time
import urllib.error
import urllib.request
from typing import Any, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple, TypedDict, cast

__version__ = "0.1.0"
__all__ = ["PresignerError", "Receipt", "Signed", "make_link", "sign", "verify_receipt"]


class PresignerError(Exception):
    """What has failed. No message has a token in it.

    ``type`` is the type of the worker's problem, such as ``not-allowed``, or one of this module's: ``unreachable``, where nothing
    has answered; ``unreadable``, where something else than the worker has; ``invalid-token``; ``invalid-receipt``. ``status`` is
    the HTTP status, or 0 without an answer. ``retry_after_secs`` says when the same request may succeed, where the worker says so.
    """

    def __init__(self, type: str, detail: str = "", *, status: int = 0, retry_after_secs: Optional[float] = None) -> None:
        super().__init__(f"{type}: {detail}" if detail else type)
        self.type = type
        self.detail = detail
        self.status = status
        self.retry_after_secs = retry_after_secs


class _Signed(TypedDict):
    url: str
    method: str
    headers: Dict[str, str]
    profile: str
    expiresAt: str
    expiresIn: int


class Signed(_Signed, total=False):
    """A presigned request: send ``method`` to ``url``, with exactly these ``headers``. Only listings have no ``key``."""

    key: str


class _Receipt(TypedDict):
    iss: str
    aud: str
    iat: int
    exp: int
    jti: str
    profile: str
    bucket: str
    key: str
    sizeBytes: int
    etag: str
    caller: Dict[str, str]


class Receipt(_Receipt, total=False):
    """The claims of a receipt. Nobody has verified ``contentType`` and ``payload``, which are what the client said."""

    contentType: str
    checksums: Dict[str, str]
    checksumType: str
    versionId: str
    lastModified: str
    payload: Dict[str, Any]


def sign(
    url: str,
    operation: str,
    *,
    profile: str,
    token: Optional[str] = None,
    key: Optional[str] = None,
    filename: Optional[str] = None,
    expires_in: Optional[int] = None,
    headers: Optional[Mapping[str, str]] = None,
    timeout_secs: float = 10,
    **parameters: object,
) -> Signed:
    """Asks the worker at ``url``, or behind a signed link, for one presigned URL. ``url`` is https, or http on loopback.

    ``parameters`` are those of the operation, such as ``versionId``, ``download`` or ``prefix``, under the names of the HTTP API.

    Raises PresignerError, and ValueError for another ``url``.
    """
    asked = {
        "profile": profile,
        "operation": operation,
        "key": key,
        "filename": filename,
        "expiresIn": expires_in,
        "headers": None if headers is None else dict(headers),
        **parameters,
    }
    return cast(Signed, _request(f"{_trusted_address('url', url)}/v1/sign", timeout_secs, _without_none(asked), token))


def make_link(
    url: str,
    link_key: str,
    *,
    profile: str,
    operations: Sequence[str],
    key: Optional[str] = None,
    key_prefix: Optional[str] = None,
    expires_in: int = 3600,
    max_lifetime_secs: Optional[int] = None,
    upload: Optional[Mapping[str, object]] = None,
    counted_as: Optional[str] = None,
) -> str:
    """Makes a signed link, ``https://…/c/…``, without a request.

    ``link_key`` is ``LINK_KEY`` of the worker, so that this belongs on a server. The link is for ``key``, or for all keys below
    ``key_prefix``, which ends with a slash. What follows the link is the path of a route, or it is the ``url`` of ``sign``.
    """
    if (key is None) == (key_prefix is None):
        raise ValueError("a link is for a key or a key_prefix")
    grant = {
        "profile": profile,
        "key": key,
        "keyPrefix": key_prefix,
        "operations": list(operations),
        "exp": int(time.time()) + expires_in,
        "maxLifetimeSecs": max_lifetime_secs,
        "upload": upload,
        "countedAs": counted_as,
    }
    signed = "1." + _to_base64url(json.dumps(_without_none(grant)).encode())
    mac = hmac.new(_link_key_bytes(link_key), signed.encode(), hashlib.sha256).digest()
    return f"{url.rstrip('/')}/c/{signed}.{_to_base64url(mac)}"


def verify_receipt(
    receipt: str,
    *,
    issuer: str,
    audience: str,
    jwks: Optional[Mapping[str, Any]] = None,
    clock_tolerance_secs: float = 30,
    timeout_secs: float = 10,
) -> Receipt:
    """Verifies a receipt and returns its claims.

    ``issuer`` is ``OIDC_ISSUER`` of the worker, and ``audience`` the ``receiptAudience`` of the profile. Without ``jwks``, the
    public keys are fetched from the issuer, by https, or http on loopback, and kept for ten minutes; while the issuer
    fails, for an hour.

    Raises PresignerError: ``invalid-receipt``, unless everything about the receipt is right; and ValueError for another ``issuer``.
    """
    if not issuer or not audience:
        raise ValueError("a receipt has an issuer and an audience")
    address = "" if jwks is not None else _trusted_address("issuer", issuer)
    if not isinstance(receipt, str) or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", receipt):
        _refuse("it is no JWS")
    head, body, signature = receipt.split(".")
    header = _json_object(head)
    if header.get("typ") != "upload-receipt+jwt":
        _refuse("its type is not upload-receipt+jwt")
    if "crit" in header:
        _refuse("it has critical extensions")
    kid = header.get("kid")
    keys = jwks["keys"] if jwks is not None else _keys_of(address, kid, timeout_secs)
    fitting = [jwk for jwk in keys if isinstance(kid, str) and jwk.get("kid") == kid]
    if not fitting:
        _refuse("its key is not the issuer's")
    if not _is_signed(header.get("alg"), fitting[0], f"{head}.{body}".encode(), _from_base64url(signature)):
        _refuse("its signature is wrong")

    claims = _json_object(body)
    if claims.get("iss") != issuer:
        _refuse("it is of another issuer")
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        _refuse("it is for another audience")
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    if not all(type(it) in (int, float) and math.isfinite(it) for it in times) or not isinstance(claims.get("jti"), str):
        _refuse("a claim is missing")
    now = time.time()
    if claims["exp"] <= now - clock_tolerance_secs:
        _refuse("it has expired")
    if max(times[1:]) > now + clock_tolerance_secs:
        _refuse("it is not valid yet")
    return cast(Receipt, claims)


# Requests


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would send the token on to wherever a redirect leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _trusted_address(name: str, url: str) -> str:
    """The address, without a slash at its end, of a server that gets a token, or has keys that are trusted."""
    if not re.match(r"https://[^/?#]|http://(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(/|$)", url, re.IGNORECASE | re.ASCII):
        raise ValueError(f"{name} must begin with https://")
    return url.rstrip("/")


def _request(url: str, timeout_secs: float, body: Optional[Dict[str, Any]] = None, token: Optional[str] = None) -> Dict[str, Any]:
    """Sends a request and returns its JSON. Nothing of a lower error is kept, because it may quote the request, token included."""
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), {"Accept": "application/json"})
    if body is not None:
        request.add_header("Content-Type", "application/json")
    token = (token or "").strip()
    if not re.fullmatch("[!-~]*", token):
        raise PresignerError("invalid-token", "the token has characters that no header can have")
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    try:
        try:
            with _opener.open(request, timeout=timeout_secs) as answer:
                status, text, retry_after = 200, answer.read(), None
        except urllib.error.HTTPError as error:
            with error:
                status, text, retry_after = error.code, error.read(), error.headers.get("Retry-After")
    except (OSError, http.client.HTTPException):
        raise PresignerError("unreachable", "the worker cannot be reached") from None
    try:
        answered = json.loads(text)
    except (ValueError, RecursionError):
        answered = None
    if status == 200 and isinstance(answered, dict):
        return answered
    problem = answered if isinstance(answered, dict) else {}
    prefix, _, name = str(problem.get("type")).rpartition(":")
    raise PresignerError(
        name if prefix == "urn:problem-type:edge-presigner" else "unreadable",
        str(problem.get("detail") or f"the answer has status {status}, and is not the worker's"),
        status=status,
        retry_after_secs=int(retry_after) if retry_after and retry_after.isdecimal() else None,
    )


def _without_none(fields: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


# Keys and signatures

# Keys are fetched again after so long.
_KEPT_SECS = 600
# While the issuer cannot be reached, its keys are used for so long.
_USABLE_SECS = 3600
# They are not fetched sooner than that after a failure, nor for a receipt whose key is not among them.
_PAUSE_SECS = 30


class _Fetched(NamedTuple):
    """The keys of an issuer, when they were fetched, when that was tried last, and how it failed then."""

    keys: List[Dict[str, Any]] = []
    at: float = -math.inf
    tried: float = -math.inf
    failure: Optional[PresignerError] = None


_fetched: Dict[str, _Fetched] = {}


def _keys_of(address: str, kid: object, timeout_secs: float) -> List[Dict[str, Any]]:
    now = time.monotonic()
    known = _fetched.get(address, _Fetched())
    age = now - known.at
    usable = known.keys if age < _USABLE_SECS else []
    is_there = any(jwk.get("kid") == kid for jwk in usable)
    if is_there and age < _KEPT_SECS:
        return usable
    if now - known.tried >= _PAUSE_SECS:
        # Threads that come meanwhile fetch for themselves.
        try:
            answered = _request(f"{address}/.well-known/jwks.json", timeout_secs)
            if not isinstance(answered.get("keys"), list):
                raise PresignerError("unreadable", "the issuer's keys are not a key set")
            keys = cast(List[Dict[str, Any]], answered["keys"])
            _fetched[address] = _Fetched(keys, now, time.monotonic())
            return keys
        except PresignerError as failure:
            _fetched[address] = _fetched.get(address, known)._replace(tried=time.monotonic(), failure=failure)
            if not is_there:
                raise
    # Whether a receipt is another's cannot be told while the issuer's keys cannot be had.
    if not is_there and known.failure:
        raise known.failure.with_traceback(None)
    return usable


def _is_signed(algorithm: object, jwk: Mapping[str, Any], signed: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is one of ``signed`` by the key ``jwk``, which has to be of the algorithm's kind."""
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        _refuse("its key is for something else")
    digest = hashlib.sha256(signed).digest()
    if algorithm == "ES256" and jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
        return _verify_es256(_from_base64url(jwk.get("x")), _from_base64url(jwk.get("y")), digest, signature)
    if algorithm == "RS256" and jwk.get("kty") == "RSA":
        return _verify_rs256(_integer(_from_base64url(jwk.get("n"))), _integer(_from_base64url(jwk.get("e"))), digest, signature)
    return _refuse("its algorithm is neither ES256 nor RS256, or not its key's")


# What precedes a SHA-256 digest in a signature, in DER: RFC 8017, section 9.2, note 1.
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def _verify_rs256(modulus: int, exponent: int, digest: bytes, signature: bytes) -> bool:
    """RSASSA-PKCS1-v1_5: the whole encoded message is made again and compared, as RFC 8017, section 8.2.2 demands."""
    if not 2048 <= modulus.bit_length() <= 8192 or not 3 <= exponent < 2**32:
        return False
    size = (modulus.bit_length() + 7) // 8
    if len(signature) != size or _integer(signature) >= modulus:
        return False
    end = b"\x00" + _SHA256_PREFIX + digest
    expected = b"\x00\x01" + b"\xff" * (size - 2 - len(end)) + end
    return pow(_integer(signature), exponent, modulus).to_bytes(size, "big") == expected


# The curve P-256, y² = x³ - 3x + b modulo p, of prime order n, with the generator g: SP 800-186, section 3.2.1.3.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

# A point, or the point at infinity.
_Point = Optional[Tuple[int, int]]


def _verify_es256(x_bytes: bytes, y_bytes: bytes, digest: bytes, signature: bytes) -> bool:
    """ECDSA on P-256: FIPS 186-5, section 6.4.2. All of this is public, so that its time may depend on it."""
    if len(x_bytes) != 32 or len(y_bytes) != 32 or len(signature) != 64:
        return False
    q = x, y = _integer(x_bytes), _integer(y_bytes)
    if x >= _P or y >= _P or (y * y - x * x * x + 3 * x - _B) % _P != 0:
        return False
    r, s = _integer(signature[:32]), _integer(signature[32:])
    if not (0 < r < _N and 0 < s < _N):
        return False
    w = pow(s, -1, _N)
    u, v = _integer(digest) * w % _N, r * w % _N
    # u·g + v·q, bit by bit of both.
    addends: Dict[Tuple[int, int], _Point] = {(0, 0): None, (1, 0): _G, (0, 1): q, (1, 1): _add(_G, q)}
    point: _Point = None
    for bit in range(255, -1, -1):
        point = _add(_add(point, point), addends[u >> bit & 1, v >> bit & 1])
    return point is not None and point[0] % _N == r


def _add(a: _Point, b: _Point) -> _Point:
    """The sum of two points of P-256."""
    if a is None or b is None:
        return a or b
    (ax, ay), (bx, by) = a, b
    if ax != bx:
        slope = (by - ay) * pow(bx - ax, -1, _P)
    elif ay == by:
        # No point has y = 0, since the order is odd.
        slope = 3 * (ax * ax - 1) * pow(2 * ay, -1, _P)
    else:
        return None
    x = (slope * slope - ax - bx) % _P
    return x, (slope * (ax - x) - ay) % _P


# Encodings


def _integer(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _to_base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _from_base64url(text: Any) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (TypeError, ValueError):
        return _refuse("it is malformed")


def _json_object(text: str) -> Dict[str, Any]:
    try:
        value = json.loads(_from_base64url(text).decode())
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else _refuse("it is malformed")


def _link_key_bytes(text: str) -> bytes:
    try:
        # The first of several keys signs, here as in the worker.
        octets = base64.b64decode(text.split(",")[0].strip(), validate=True)
    except ValueError:
        octets = b""
    if len(octets) != 32:
        raise ValueError("the link key must be 32 bytes in base64")
    return octets


def _refuse(why: str) -> NoReturn:
    raise PresignerError("invalid-receipt", f"the receipt is not accepted: {why}")
