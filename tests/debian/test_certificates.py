"""The certificate authorities."""

import base64
import shutil
import subprocess
from pathlib import Path

import pytest

import certificates
from packages import Made
from stack import Stack

SHARE = "usr/share/ca-certificates"
POSTINST = "\t  cat > /etc/ca-certificates.conf <<EOF\n# header\nEOF\n"


def der(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + length + body


def name(text: str, tag: int = 0x0C) -> bytes:
    """A distinguished name with one common name."""
    return der(0x30, der(0x31, der(0x30, der(6, b"\x55\x04\x03"), der(tag, text.encode()))))


def certificate(subject: bytes, version: bool = True) -> str:
    """The shape of a certificate, with a signature that nobody checks."""
    algorithm = der(0x30, der(6, b"\x2a\x03"))
    signed = der(
        0x30,
        der(0xA0, der(2, b"\x02")) if version else b"",
        der(2, b"\x01"),
        algorithm,
        name("issuer"),
        der(0x30),
        subject,
        der(0x30),
    )
    encoded = base64.encodebytes(der(0x30, signed, algorithm, der(3, b"\0"))).decode()
    return f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n"


def authority(**certificates_: str) -> Made:
    return Made(
        "ca-certificates", {f"{SHARE}/{path}.crt": text for path, text in certificates_.items()}, {"postinst": POSTINST}
    )


def test_bundle_configuration_and_links(stack: Stack) -> None:
    stack.add(
        Made(
            "ca-certificates",
            {
                f"{SHARE}/mozilla/B_(x),.crt": certificate(name("B")).rstrip("\n"),
                f"{SHARE}/mozilla/A.crt": certificate(name("A")),
            },
            {"postinst": POSTINST},
        )
    )
    tree = stack.tree
    assert stack.text("etc/ca-certificates.conf") == "# header\nmozilla/A.crt\nmozilla/B_(x),.crt\n"
    assert stack.text("etc/ssl/certs/ca-certificates.crt") == certificate(name("A")) + certificate(name("B"))
    assert tree["etc/ssl/certs/B_=x=_.pem"].target == f"/{SHARE}/mozilla/B_(x),.crt"
    hashes = {path: member.target for path, member in tree.items() if path.endswith(".0")}
    assert set(hashes.values()) == {"A.pem", "B_=x=_.pem"}


def test_equal_subjects_are_numbered(stack: Stack) -> None:
    stack.add(authority(a=certificate(name("same")), b=certificate(name("Same")), c=certificate(name("other"))))
    linked = sorted(path.rpartition("/")[2] for path in stack.tree if path.endswith((".0", ".1")))
    assert [path.rpartition(".")[2] for path in linked].count("1") == 1


@pytest.mark.parametrize("other", [name("two  words "), name("TWO Words"), name("Two words", tag=0x13)])
def test_hash_ignores_case_space_and_string_type(other: bytes) -> None:
    assert certificates.subject_hash(certificate(other)) == certificates.subject_hash(certificate(name("two words")))
    assert certificates.subject_hash(certificate(other)) != certificates.subject_hash(certificate(name("twowords")))


def test_hash_does_not_depend_on_the_version_field() -> None:
    assert certificates.subject_hash(certificate(name("v1"), version=False)) == certificates.subject_hash(
        certificate(name("v1"))
    )


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to compare with")
@pytest.mark.parametrize(
    "subject", ["/CN=Simple", "/C=ES/O=ACCV  Spain/CN=Árvíz Ő_=/OU=x", "/CN=a/CN=A b/emailAddress=A@B.example"]
)
def test_hash_is_that_of_openssl(tmp_path: Path, subject: str) -> None:
    pem = tmp_path / "c.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]
    subprocess.run(
        [*command, "-keyout", tmp_path / "k.pem", "-subj", subject, "-out", pem], check=True, capture_output=True
    )
    expected = subprocess.run(
        ["openssl", "x509", "-noout", "-subject_hash", "-in", pem], check=True, capture_output=True, text=True
    )
    assert certificates.subject_hash(pem.read_text()) == expected.stdout.strip()
