"""Packages that are whole, but hold what no package of Debian does: one line names the package or file."""

import json
import tarfile
from pathlib import Path

import pytest

import builder
import deb
from packages import Content, Made, entry, symlink
from stack import Stack
from test_certificates import authority, certificate, name
from test_pam import FIRST, UNIX, pam_runtime

DPKG = Made("dpkg")
MASTER = "usr/share/base-passwd/{}.master"


def accounts(passwd: str, group: str) -> Made:
    return Made("base-passwd", {MASTER.format("passwd"): passwd, MASTER.format("group"): group})


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (pam_runtime(p="\tno field\n"), "usr/share/pam-configs/p: "),
        (pam_runtime(p="Default: yes\n"), "usr/share/pam-configs/p: "),
        (pam_runtime(p=UNIX.replace("256", "high")), "usr/share/pam-configs/p: "),
        (pam_runtime(p=UNIX.replace("256", "9" * 5000)), "usr/share/pam-configs/p: "),
        (pam_runtime(p=FIRST.replace("Default", "default")), "usr/share/pam-configs/p: "),
        (Made("libpam-runtime", {"usr/share/pam-configs/p": UNIX}), "usr/share/pam/common-auth: "),
        (Made("libpam-runtime", {"usr/share/pam-configs/p": b"\xff"}), "usr/share/pam-configs/p: is not UTF-8"),
        (authority(a="no certificate"), "a.pem: is not a certificate"),
        (authority(a=certificate(name("a"))[:-30]), "a.pem: is not a certificate"),
        (authority(a=certificate(b"\x30\x84")), "a.pem: is a damaged certificate"),
        (authority(a=certificate(b"\x30\x03\x31\x01\x05")), "a.pem: is a damaged certificate"),
        (authority(a="-----BEGIN CERTIFICATE-----\n=\n-----END CERTIFICATE-----\n"), "a.pem: is a damaged certificate"),
        (authority(**{"x/a": certificate(name("a")), "y/a": certificate(name("b"))}), "y/a.crt: another certificate"),
        (accounts("root:*:0\n", "root:*:zero:\n"), "group.master: 'root:*:zero:' is no account"),
        (accounts("root\n", "root:*:0:\n"), "passwd.master: 'root' is no account"),
        (Made("libc6", fields={"Version": "9-1"}), "libc6: 9-1 is no version"),
        (Made("apt", {"usr/share/doc/apt/examples/sources.list": "# none\n"}), "examples/sources.list: "),
        (Made("p", scripts={"triggers": "interest ../../../etc/x\n"}), "p: triggers: "),
        (Made("p", scripts={"triggers": "interest File\n"}), "p: triggers: "),
        (Made("p", scripts={"triggers": "interest \x1b[2J\n"}), "p: triggers: "),
        (Made("p", scripts={"conffiles": "etc/p.conf\n"}), "p: conffiles: "),
        (Made("p", scripts={"conffiles": "/etc/\x1b[2J\n"}), "p: conffiles: "),
        (Made("p", scripts={"conffiles": "some-flag /etc/p.conf\n"}), "p: conffiles: "),
        (Made("p", scripts={"a b": ""}), "p: control.tar: 'a b'"),
    ],
)
def test_bad_content_is_one_line(stack: Stack, made: Made, complaint: str) -> None:
    with pytest.raises(ValueError) as caught:
        stack.add(DPKG, made)
    assert complaint in str(caught.value)
    assert str(caught.value).isprintable()
    assert not (stack.folder / "layer0/layer.tar").exists()


@pytest.mark.parametrize(
    "files",
    [
        {"usr/a": b"", "usr/a/b": b""},
        {"usr/a": symlink("/etc"), "usr/a/b": b""},
        {"usr/a": entry(tarfile.LNKTYPE, target="/etc/passwd")},
        {"usr/a": entry(tarfile.LNKTYPE, target="usr/b")},
        {"bin/a": b"", "usr/bin/a": b""},
        {"usr": b"a file"},
    ],
)
def test_members_that_do_not_fit_together_name_the_package(stack: Stack, files: dict[str, Content]) -> None:
    with pytest.raises(deb.BadDeb, match=r"^p: ") as caught:
        stack.add(Made("p", files | {"usr/z": b""}))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("below", "above"), [({"usr/a/b": b""}, {"usr/a": b""}), ({"usr/a": symlink("/etc")}, {"usr/a/b": b""})]
)
def test_a_layer_keeps_the_kind_of_what_is_below(
    stack: Stack, below: dict[str, Content], above: dict[str, Content]
) -> None:
    stack.add(Made("a", below))
    with pytest.raises(deb.BadDeb, match=r"^b: usr/a: "):
        stack.add(Made("b", above))


def test_calls_that_cannot_be_read_are_one_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    garbage = ["a", "/a a", "/a a /b ten", "/a ../a /b 1", "../a a /b 1", "/a a /b 1 --slave", '"', "$(x) a /b 1"]
    script = "".join(f"update-alternatives --install {arguments}\n" for arguments in garbage * 99)
    stack.add(DPKG, Made("p", scripts={"postinst": script}))
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("debian: p: alternatives: can't read")
    assert len(line) < 400


def test_many_alternatives_are_refused(stack: Stack) -> None:
    script = "".join(f"update-alternatives --install /usr/bin/a{n} a{n} /usr/bin/b 1\n" for n in range(2000))
    with pytest.raises(ValueError, match=r"^p: postinst: installs more than"):
        stack.add(DPKG, Made("p", {"usr/bin/b": b""}, {"postinst": script}))


def test_many_diversions_are_refused(stack: Stack) -> None:
    words = " ".join(f"a{n}" for n in range(5000))
    script = f"for a in {words}; do\n" + "dpkg-divert --add --divert /$a.x /$a\n" * 5000
    with pytest.raises(ValueError, match=r"^p: preinst: adds more than"):
        stack.add(DPKG, Made("p", scripts={"preinst": script}))


def test_what_a_builder_says_of_a_package_is_one_printable_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "spec").write_text(json.dumps({"name": "layer"}))
    monkeypatch.setenv("specPath", str(tmp_path / "spec"))
    monkeypatch.setenv("out", str(tmp_path / "out"))

    def build(spec: dict[str, object], out: Path) -> None:
        raise ValueError("\x1b[2Jevil\nname")

    with pytest.raises(SystemExit, match=r"^debian: layer: \?\[2Jevil\?name$"):
        builder.run("debian", build)
