"""Compares the verification of signatures in packages/python with OpenSSL's, through `cryptography`: what is right, and what must be refused.

The cases are those that Wycheproof has for ECDSA and RSASSA-PKCS1-v1_5: values out of range, special points and digests, and altered encodings.
"""

import hashlib
import os
import random
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

import edge_presigner as module

SEED = int.from_bytes(os.urandom(4), "big")
random.seed(SEED)
P, N, B, G = module._P, module._N, module._B, module._G
verdicts = {True: 0, False: 0}


def b32(value):
    return value.to_bytes(32, "big")


def times(k, point=None):
    """k·point by OpenSSL where it is the generator, else by the definition."""
    if point is None:
        numbers = ec.derive_private_key(k % N, ec.SECP256R1()).public_key().public_numbers()
        return numbers.x, numbers.y
    total = None
    for bit in bin(k % N)[2:]:
        total = module._add(total, total)
        if bit == "1":
            total = module._add(total, point)
    return total


def openssl_es256(q, digest, r, s):
    try:
        key = ec.EllipticCurvePublicNumbers(*q, ec.SECP256R1()).public_key()
    except ValueError:
        return False
    try:
        key.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    except InvalidSignature:
        return False
    return True


def same_es256(what, q, digest, r, s, expected=None):
    theirs = openssl_es256(q, digest, r, s)
    ours = module._verify_es256(b32(q[0]), b32(q[1]), digest, b32(r) + b32(s))
    assert ours == theirs, f"{what}: {ours}, and OpenSSL {theirs}; seed {SEED}"
    assert expected in (None, theirs), f"{what}: {theirs}; seed {SEED}"
    verdicts[ours] += 1


def es256():
    for _ in range(15):
        d = random.randrange(1, N)
        private = ec.derive_private_key(d, ec.SECP256R1())
        q = times(d)
        digest = os.urandom(32)
        r, s = utils.decode_dss_signature(private.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256()))))
        same_es256("as signed", q, digest, r, s, True)
        same_es256("the other s", q, digest, r, N - s, True)
        bit = 1 << random.randrange(256)
        same_es256("another r", q, digest, (r ^ bit) % N, s, False)
        same_es256("another s", q, digest, r, (s ^ bit) % N, False)
        same_es256("another digest", q, b32((module._integer(digest) ^ bit)), r, s, False)
        same_es256("another key", times(d + 1), digest, r, s, False)
        same_es256("the opposite key", (q[0], P - q[1]), digest, r, s, False)
    for special in (0, 1, 2, N - 2, N - 1, N, N + 1, P - 1, P, P + 1, 2**256 - 1):
        same_es256(f"r = {special}", q, digest, special, s, False)
        same_es256(f"s = {special}", q, digest, r, special, False)
        same_es256(f"r = s = {special}", q, digest, special, special, False)
    # Zeros for r and s, with a digest of zeros too, must not fit any key.
    same_es256("nothing but zeros", q, bytes(32), 0, 0, False)

    # Digests at the edges of the order, by the equation s = (e + r·d) / k.
    for e in (0, 1, N - 1, N, N + 1, 2**256 - 1):
        k = random.randrange(1, N)
        r = times(k)[0] % N
        same_es256(f"digest {e}", q, b32(e), r, pow(k, -1, N) * (e + r * d) % N, True)
    # Small and large factors in u·g + v·q.
    for k in (1, 2, 3, N - 1, N - 2, (N - 1) // 2, (N + 1) // 2):
        r = times(k)[0] % N
        e = random.randrange(N)
        same_es256(f"k = {k}", q, b32(e), r, pow(k, -1, N) * (e + r * d) % N, True)
    # Keys with small multiples of the generator: the sum of g and q doubles a point, or is the point at infinity.
    for d in (1, 2, 3, N - 1, N - 2):
        for k in (1, 2, 5, N - 1):
            q, r, e = times(d), times(k)[0] % N, random.randrange(N)
            same_es256(f"d = {d}, k = {k}", q, b32(e), r, pow(k, -1, N) * (e + r * d) % N, True)
    # u·g = v·q, whose sum doubles a point, and u·g = -v·q, whose sum is infinity.
    d, r = random.randrange(1, N), random.randrange(1, N)
    q = times(d)
    same_es256("both addends are the same", q, b32(r * d % N), r, random.randrange(1, N))
    k = 2 * r * d * pow(7, -1, N) % N
    same_es256("the sum is infinity", q, b32(-r * d % N), r, 7, False)
    s = 2 * d * (r2 := times(11)[0] % N) * pow(11, -1, N) % N
    same_es256("both addends are the same, and the signature is right", q, b32(r2 * d % N), r2, s, True)
    # An s that is right modulo the order, and not below it. The key is made for a small s.
    k, e = random.randrange(1, N), random.randrange(N)
    r = times(k)[0] % N
    d = (7 * k - e) * pow(r, -1, N) % N
    q = times(d)
    same_es256("a small s", q, b32(e), r, 7, True)
    same_es256("an s above the order", q, b32(e), r, 7 + N, False)
    # A point whose x is above the order: r is x - n. The key is made from the signature.
    for x in range(N, P):
        y = pow((x**3 - 3 * x + B) % P, (P + 1) // 4, P)
        if (y * y - x**3 + 3 * x - B) % P == 0:
            break
    r, s, e = x - N, random.randrange(1, N), random.randrange(N)
    w = pow(r, -1, N)
    q = module._add(times(s * w % N, (x, y)), times(-e * w % N))
    same_es256("x is above the order", q, b32(e), r, s, True)
    same_es256("x itself in place of r", q, b32(e), x, s, False)

    # Keys that are no points of the curve, or not written as they should be.
    q = times(d)
    r, s, e = times(11)[0] % N, 5, 5
    for name, other in {
        "not on the curve": (q[0], (q[1] + 1) % P),
        "on another curve": next((x, 1) for x in range(1, 99) if (1 - x**3 + 3 * x - B) % P),
        "zero": (0, 0),
        "x not reduced": (q[0], q[1]) if q[0] + P >= 2**256 else (q[0] + P, q[1]),
        "y = p": (q[0], P),
    }.items():
        same_es256(name, other, b32(e), r, s, False)
    good = pow(11, -1, N) * (5 + r * d) % N
    signature = b32(r) + b32(good)
    x, y = b32(q[0]), b32(q[1])
    assert module._verify_es256(x, y, b32(5), signature)
    der = utils.encode_dss_signature(r, good)
    for name, (x, y, signature) in {
        "in DER": (x, y, der),
        "empty": (x, y, b""),
        "a byte less": (x, y, signature[:-1]),
        "a byte more": (x, y, signature + b"\0"),
        "a byte in front": (x, y, b"\0" + signature),
        "s with a zero in front": (x, y, b32(r) + b"\0" + b32(good)),
        "s a byte less": (x, y, b32(r) + b32(good)[1:]),
        "33 bytes each": (x, y, b"\0" + b32(r) + b"\0" + b32(good)),
        "x with a byte in front": (b"\0" + x, y, signature),
        "y with a byte less": (x, y[1:], signature),
        "no x": (b"", y, signature),
    }.items():
        assert not module._verify_es256(x, y, b32(5), signature), name


def openssl_rs256(key, message, signature):
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def rs256():
    for bits in (2048, 3072):
        private = rsa.generate_private_key(65537, bits)
        numbers = private.private_numbers()
        n, e, d = numbers.public_numbers.n, numbers.public_numbers.e, numbers.d
        size = bits // 8
        message = os.urandom(20)
        digest = hashlib.sha256(message).digest()
        info = module._SHA256_PREFIX + digest

        def same(what, signature, expected):
            theirs = openssl_rs256(private.public_key(), message, signature)
            ours = module._verify_rs256(n, e, digest, signature)
            assert ours == theirs == expected, f"{what}: {ours}, and OpenSSL {theirs}"
            verdicts[ours] += 1

        def encoded(message):
            return pow(int.from_bytes(message, "big"), d, n).to_bytes(size, "big")

        signature = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
        same("as signed", signature, True)
        pad = size - 3 - len(info)
        same("encoded here", encoded(b"\0\1" + b"\xff" * pad + b"\0" + info), True)
        null = bytes.fromhex("0500")
        without_null = bytes.fromhex("302f300b0609608648016503040201") + bytes.fromhex("0420") + digest
        for what, message_bytes in {
            "short padding with garbage behind": b"\0\1" + b"\xff" * 8 + b"\0" + info + os.urandom(pad - 8),
            "garbage within the algorithm": b"\0\1" + b"\xff" * 8 + b"\0" + info[:15] + null + os.urandom(pad - 10) + info[15:],
            "no padding": b"\0\1\0" + info + os.urandom(pad),
            "padding of zeros": b"\0\1" + b"\0" * pad + b"\0" + info,
            "another byte in the padding": b"\0\1" + b"\xff" * (pad - 1) + b"\xfe\0" + info,
            "block type 2": b"\0\2" + b"\xff" * pad + b"\0" + info,
            "block type 0": b"\0\0" + b"\xff" * pad + b"\0" + info,
            "no zero behind the padding": b"\0\1" + b"\xff" * (pad + 1) + info,
            "without NULL": b"\0\1" + b"\xff" * (size - 3 - len(without_null)) + b"\0" + without_null,
            "the digest alone": b"\0\1" + b"\xff" * (size - 3 - 32) + b"\0" + digest,
            "of another digest": b"\0\1" + b"\xff" * pad + b"\0" + module._SHA256_PREFIX + os.urandom(32),
            "SHA-512 by name": b"\0\1" + b"\xff" * pad + b"\0" + info.replace(b"\x04\x02\x01\x05", b"\x04\x02\x03\x05"),
        }.items():
            same(what, encoded(message_bytes), False)
        value = int.from_bytes(signature, "big")
        for what, altered in {
            "empty": b"",
            "a byte less": signature[:-1],
            "a byte in front": b"\0" + signature,
            "a byte behind": signature + b"\0",
            "zeros": bytes(size),
            "one": (1).to_bytes(size, "big"),
            "n": n.to_bytes(size, "big"),
            "n - 1": (n - 1).to_bytes(size, "big"),
            "the opposite": (n - value).to_bytes(size, "big"),
            "a bit": (value ^ 1).to_bytes(size, "big"),
        }.items():
            same(what, altered, False)
        # The same number plus the modulus has as many bytes only where it is small, so other messages may have to do.
        for _ in range(200):
            message = os.urandom(20)
            digest = hashlib.sha256(message).digest()
            signature = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
            value = int.from_bytes(signature, "big")
            if value + n < 2**bits:
                same("not reduced", (value + n).to_bytes(size, "big"), False)
                break
        info = module._SHA256_PREFIX + digest
    # A key that is too short, and exponents that verify nothing, are refused although the arithmetic fits.
    private = rsa.generate_private_key(65537, 1024)
    numbers = private.public_key().public_numbers()
    signature = private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    assert openssl_rs256(private.public_key(), message, signature)
    assert not module._verify_rs256(numbers.n, numbers.e, digest, signature)
    whole = b"\0\1" + b"\xff" * pad + b"\0" + info
    assert not module._verify_rs256(n, 1, digest, whole)


es256()
rs256()
print(f"{verdicts[True]} accepted, {verdicts[False]} refused", file=sys.stderr)
assert verdicts[True] > 60 and verdicts[False] > 120, verdicts
