"""The trusted certificate authorities, as ca-certificates' postinst and `openssl rehash` leave them in /etc.

They are those of the package, and those of the image's own (authorities.py).
"""

import base64
import hashlib
from collections.abc import Iterator

from system import System, Target
from tree import Entry, directory, link, text

SHARE = "usr/share/ca-certificates"
SOURCES = (f"{SHARE}/*.crt",)
LOCAL = "usr/local/share/ca-certificates"
CERTS = "etc/ssl/certs"
# The comment with which the script begins /etc/ca-certificates.conf.
HEADER = ("cat > /etc/ca-certificates.conf <<EOF\n", "\nEOF\n")
PEM = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
# update-ca-certificates(8) replaces these in the name of a link.
NAME = str.maketrans(" (),", "_==_")

# ASN.1 tags (X.690) and the encoding of the string types among them.
SEQUENCE, SET, UTF8_STRING, VERSION = 0x30, 0x31, 0x0C, 0xA0
STRINGS = {
    UTF8_STRING: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
# In a certificate's signed part, the subject follows the serial number, the algorithm, the issuer and the validity.
SUBJECT = 4


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The list of authorities, the bundle of their certificates, and a link to each by its name and by its hash."""
    package = system.packages.get("ca-certificates")
    if package is None:
        return
    names = sorted(path.removeprefix(f"{SHARE}/") for path in system.sources if path.startswith(f"{SHARE}/"))
    header = _between(*HEADER, package.info.get("postinst", ""))
    listed = [header, *names] if header else names
    yield text("etc/ca-certificates.conf", "".join(f"{line}\n" for line in listed))
    yield directory(LOCAL)
    trusted = {f"{SHARE}/{name}": system.source(f"{SHARE}/{name}") for name in names}
    local = _without({_body(content) for content in trusted.values()}, system.certificates)
    for path, content in local.items():
        yield text(path, content)
    bundle = []
    links = {}
    for path, content in (trusted | local).items():
        bundle.append(content if content.endswith("\n") else f"{content}\n")
        stem = path.rpartition("/")[2].removesuffix(".crt").translate(NAME)
        if f"{stem}.pem" in links:
            fix = "rename it" if path in local else "leave one of them out"
            raise ValueError(f"{path}: another certificate has the name {stem}, too; {fix}")
        links[f"{stem}.pem"] = content
        yield link(f"{CERTS}/{stem}.pem", f"/{path}")
    yield text(f"{CERTS}/ca-certificates.crt", "".join(bundle))
    yield from _hash_links(links)


def _without(known: set[str], certificates: dict[str, str]) -> dict[str, str]:
    """Path → content of those of the image's own that the package does not have: OpenSSL wants no certificate twice."""
    return {f"{LOCAL}/{name}": pem for name, pem in sorted(certificates.items()) if _body(pem) not in known}


def _body(pem: str) -> str:
    """What a certificate says, without its line breaks."""
    return "".join(_between(*PEM, pem).split())


def _hash_links(certificates: dict[str, str]) -> Iterator[Entry]:
    """A link HASH.0 to each certificate; where subjects are equal, HASH.1 to the second by name, and so on."""
    taken: dict[str, int] = {}
    for name, content in sorted(certificates.items()):
        try:
            subject = subject_hash(content)
        except ValueError as error:
            raise ValueError(f"{CERTS}/{name}: {error}; leave its package out") from None
        number = taken[subject] = taken.get(subject, -1) + 1
        yield link(f"{CERTS}/{subject}.{number}", name)


def subject_hash(pem: str) -> str:
    """The hash of a certificate's subject by which OpenSSL finds its file, as `openssl x509 -subject_hash` prints it.

    It is the hash of the canonical form of the name: see X509_NAME_hash_ex(3) and openssl-rehash(1). Raises
    ValueError if `pem` holds no certificate.
    """
    encoded = _between(*PEM, pem)
    if not encoded:
        raise ValueError("is not a certificate in PEM form")
    try:
        [(_, certificate)] = _elements(base64.b64decode(encoded))
        signed = _elements(_elements(certificate)[0][1])
        if signed[0][0] == VERSION:
            signed.pop(0)
        canonical = b"".join(
            _encode(SET, b"".join(map(_canonical, _elements(rdn)))) for _, rdn in _elements(signed[SUBJECT][1])
        )
    except (ValueError, IndexError):
        raise ValueError("is a damaged certificate") from None
    return hashlib.sha1(canonical, usedforsecurity=False).digest()[3::-1].hex()


def _between(start: str, end: str, content: str) -> str:
    """What stands between the first `start` and the next `end`, or "" if they are not there."""
    found, stopped, _ = content.partition(start)[2].partition(end)
    return found if stopped else ""


def _canonical(attribute: tuple[int, bytes]) -> bytes:
    """An attribute, encoded with its value as UTF-8, in lower case, with single spaces."""
    [(kind, identifier), (tag, value)] = _elements(attribute[1])
    if tag in STRINGS:
        words = value.decode(STRINGS[tag]).encode().lower().split()
        tag, value = UTF8_STRING, b" ".join(words)
    return _encode(SEQUENCE, _encode(kind, identifier) + _encode(tag, value))


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """The (tag, content) pairs in data that is encoded by DER. Raises ValueError or IndexError if it is damaged."""
    elements = []
    offset = 0
    while offset < len(data):
        tag, length = data[offset], data[offset + 1]
        offset += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[offset : offset + size], "big")
            offset += size
        if length > len(data) - offset:
            raise ValueError("is cut short")
        elements.append((tag, data[offset : offset + length]))
        offset += length
    return elements


def _encode(tag: int, content: bytes) -> bytes:
    """DER's encoding of one element."""
    size = len(content)
    length = (
        bytes([size]) if size < 0x80 else bytes([0x80 | (n := (size.bit_length() + 7) // 8)]) + size.to_bytes(n, "big")
    )
    return bytes([tag]) + length + content
