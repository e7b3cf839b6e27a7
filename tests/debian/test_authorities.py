"""Files of certificates that an image shall trust beside those of ca-certificates."""

import base64
from pathlib import Path

import pytest

import authorities
from packages import Made
from stack import Stack
from test_certificates import POSTINST, SHARE, certificate, name

CERTS = "etc/ssl/certs"
LOCAL = "usr/local/share/ca-certificates"
BASE = Made("ca-certificates", {f"{SHARE}/mozilla/A.crt": certificate(name("A"))}, {"postinst": POSTINST})


def given(folder: Path, **files: str | bytes) -> list[dict[str, str]]:
    """Files, in whose names an underscore stands for a dot."""
    found = []
    for key, content in files.items():
        path = folder / key.replace("_", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found.append({"name": path.name, "file": str(path)})
    return found


def der(pem: str) -> bytes:
    return base64.b64decode("".join(pem.splitlines()[1:-1]))


def read(folder: Path, **files: str | bytes) -> dict[str, str]:
    return authorities.read(given(folder, **files))


def bodies(certificates: dict[str, str]) -> dict[str, bytes]:
    return {name: der(pem) for name, pem in certificates.items()}


def test_it_joins_the_bundle_as_update_ca_certificates_adds_it(stack: Stack, tmp_path: Path) -> None:
    stack.add(BASE)
    before = stack.text(f"{CERTS}/ca-certificates.crt")
    corp = certificate(name("corp"))
    stack.add(certificates=given(tmp_path, corp_pem=corp))
    tree = stack.tree
    ((path, own),) = ((path, member) for path, member in tree.items() if path.startswith(f"{LOCAL}/"))
    assert path == f"{LOCAL}/corp.crt"
    assert stack.text(f"{CERTS}/ca-certificates.crt") == before + own.data.decode()
    assert tree[f"{CERTS}/corp.pem"].target == f"/{path}"
    hashes = {path: member.target for path, member in stack.last.items() if path.endswith(".0")}
    assert list(hashes.values()) == ["corp.pem"]
    # It is in none of the package's files, and a layer above keeps it.
    assert "etc/ca-certificates.conf" not in stack.last
    stack.add(Made("more"))
    assert not [path for path in stack.last if path.startswith("etc/ssl")]


def test_hash_links_are_numbered_over_all_layers(stack: Stack, tmp_path: Path) -> None:
    """OpenSSL asks for .0, .1 and so on until there is none."""
    stack.add(BASE)
    stack.add(certificates=given(tmp_path, z_crt=certificate(name("A"), version=False)))
    links = {path: member.target for path, member in stack.tree.items() if path[-2:] in (".0", ".1")}
    stems = {path[:-2] for path in links}
    assert len(stems) == 1
    (stem,) = stems
    assert links == {f"{stem}.0": "A.pem", f"{stem}.1": "z.pem"}


def test_what_the_package_has_is_not_added_again(stack: Stack, tmp_path: Path) -> None:
    stack.add(BASE)
    stack.add(certificates=given(tmp_path, corp_pem=certificate(name("A")).replace("\n", "\r\n")))
    assert not [path for path in stack.last if "ssl" in path or path.startswith(f"{LOCAL}/")]


def test_a_file_with_several_is_split(tmp_path: Path) -> None:
    first, second = certificate(name("first")), certificate(name("second"))
    text = f"\ufeff# Corp\nsubject=/CN=first\n{first}\n# Ärger\n{second}"
    found = read(tmp_path, corp_pem=text.replace("\n", "\r\n"))
    assert bodies(found) == {"corp-1.crt": der(first), "corp-2.crt": der(second)}
    for pem in found.values():
        lines = pem.split("\n")
        assert (lines[0], lines[-2:]) == ("-----BEGIN CERTIFICATE-----", ["-----END CERTIFICATE-----", ""])
        assert max(map(len, lines)) <= 64


def test_a_certificate_that_comes_again_is_taken_once(tmp_path: Path) -> None:
    root, other = certificate(name("root")), certificate(name("other"))
    assert list(bodies(read(tmp_path, a_pem=root, b_pem=other + root)).values()) == [der(root), der(other)]


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [
        ("corp.pem", "corp.crt"),
        ("Corp Root (2).CRT", "Corp_Root__2_.crt"),
        ("corp", "corp.crt"),
        (".pem", "certificate.crt"),
        ("../corp.cer", "_corp.crt"),
        (f"{'0' * 32}-corp.pem", "corp.crt"),
    ],
)
def test_the_name_is_one_that_is_looked_for(tmp_path: Path, given_name: str, expected: str) -> None:
    (file,) = given(tmp_path, file=certificate(name("a")))
    assert list(authorities.read([file | {"name": given_name}])) == [expected]


GOOD = certificate(name("a"))
KEY = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "holds no certificate in PEM form; give a file that has -----BEGIN CERTIFICATE-----"),
        ("hello", "holds no certificate in PEM form; give a file"),
        (b"0\x82\x01", "holds no certificate in PEM form; give a file"),
        (GOOD.encode("utf-16"), "holds no certificate in PEM form; give a file"),
        (der(GOOD), "is in DER form; run: openssl x509 -inform DER -in corp.pem -out corp.pem.pem"),
        (GOOD + KEY, "holds a private key, which has no place in an image; give the certificate alone"),
        (GOOD.replace(" CERT", " TRUSTED CERT"), "is of another form, TRUSTED CERTIFICATE; run: openssl x509 -in"),
        (GOOD.replace("CERTIFICATE", "PKCS7"), "is of another form, PKCS7; run: openssl pkcs7"),
        (GOOD + GOOD[:90], "is cut short or damaged; give a file"),
        (GOOD + GOOD[:90] + GOOD, "is cut short or damaged; give a file"),
        (GOOD.replace("\n", "\n*", 1), "its certificate 1 is damaged; get it anew"),
        (GOOD + GOOD[:60] + GOOD[80:], "its certificate 2 is damaged; get it anew"),
        (KEY.replace("PRIVATE KEY", "CERTIFICATE"), "its certificate 1 is damaged; get it anew"),
    ],
)
def test_what_is_no_certificate_is_one_line(stack: Stack, tmp_path: Path, content: str | bytes, problem: str) -> None:
    stack.add(BASE)
    with pytest.raises(ValueError) as error:
        stack.add(certificates=given(tmp_path, corp_pem=content))
    assert str(error.value).startswith(f"certificates: corp.pem: {problem}")
    assert str(error.value).isprintable()
    assert not list((tmp_path / "layer1").iterdir())


def test_two_files_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"^certificates: a\.crt: another file gives a certificate a\.crt, too; rename"
    ):
        read(tmp_path, a_pem=certificate(name("a")), a_crt=certificate(name("b")))


def test_a_name_that_the_package_has(stack: Stack, tmp_path: Path) -> None:
    stack.add(BASE)
    with pytest.raises(ValueError, match=r"local.*/A\.crt: another certificate has the name A, too; rename it$"):
        stack.add(certificates=given(tmp_path, A_pem=certificate(name("b"))))
