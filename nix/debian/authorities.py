"""Files with certificates that an image shall trust beside those of ca-certificates, as people hand them around."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from certificates import PEM, subject_hash

# The label of a block of PEM (RFC 7468), and the block up to the line that ends it.
LABEL = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----")
BLOCK = re.compile(r"-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----")
# How each other form becomes PEM.
CONVERT = {
    "der": "openssl x509 -inform DER -in FILE -out FILE.pem",
    "PKCS7": "openssl pkcs7 -print_certs -in FILE -out FILE.pem",
    "TRUSTED CERTIFICATE": "openssl x509 -in FILE -out FILE.pem",
}
# The hash by which the store tells its files apart, and what stands for a certificate.
STORE_HASH = re.compile("[0-9a-z]{32}-")
SUFFIX = re.compile(r"\.(?:crt|pem|cer|cert|txt|ca-bundle)$", re.IGNORECASE)


def read(files: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The certificates in these files, one in each, by the names that update-ca-certificates(8) wants.

    files  [{"name": what the user calls it, "file": its path}]

    A certificate that comes again is left out. Raises ValueError, one line, for a file that holds none, or something
    else beside, and for two files of one name.
    """
    found: dict[str, str] = {}
    for file in files:
        name = STORE_HASH.sub("", file["name"], count=1)
        try:
            certificates = _certificates(Path(file["file"]).read_bytes())
        except ValueError as error:
            raise ValueError(f"certificates: {name}: {error}".replace("FILE", name)) from None
        stem = re.sub(r"[^A-Za-z0-9._-]", "_", SUFFIX.sub("", name)).lstrip(".-") or "certificate"
        for number, certificate in enumerate(certificates, 1):
            own = f"{stem}-{number}.crt" if certificates[1:] else f"{stem}.crt"
            if own in found and found[own] != certificate:
                raise ValueError(f"certificates: {name}: another file gives a certificate {own}, too; rename it")
            if certificate not in found.values():
                found[own] = certificate
    return found


def _certificates(data: bytes) -> list[str]:
    """The certificates of one file, each as PEM with nothing around it. Raises ValueError."""
    text = data.decode("latin-1")
    labels = LABEL.findall(text)
    for label in labels:
        if label.endswith("PRIVATE KEY"):
            raise ValueError("holds a private key, which has no place in an image; give the certificate alone")
        if label in CONVERT:
            raise ValueError(f"is of another form, {label}; run: {CONVERT[label]}")
    blocks = BLOCK.findall(text)
    if not blocks and _is_certificate(data):
        raise ValueError(f"is in DER form; run: {CONVERT['der']}")
    if not blocks or len(blocks) != sum(label.endswith("CERTIFICATE") for label in labels):
        problem = "is cut short or damaged" if labels else "holds no certificate in PEM form"
        raise ValueError(f"{problem}; give a file that has -----BEGIN CERTIFICATE----- and what belongs to it")
    certificates = []
    for number, block in enumerate(blocks, 1):
        try:
            encoded = base64.b64decode("".join(block.split()), validate=True)
        except binascii.Error:
            encoded = b""
        if not _is_certificate(encoded):
            raise ValueError(f"its certificate {number} is damaged; get it anew")
        certificates.append(_pem(encoded))
    return certificates


def _is_certificate(der: bytes) -> bool:
    try:
        subject_hash(_pem(der))
    except ValueError:
        return False
    return True


def _pem(der: bytes) -> str:
    encoded = base64.b64encode(der).decode()
    lines = (encoded[start : start + 64] for start in range(0, len(encoded), 64))
    return "\n".join((PEM[0], *lines, PEM[1], ""))
