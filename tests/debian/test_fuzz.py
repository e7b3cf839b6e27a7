"""Made-up packages: whatever is in them, there is a layer or one line of error."""

import base64
import io
import re
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import certificates
import control
import deb
import elf
import ldcache
import package_tar
import pam
from packages import Content, Made, ar, shared_object, tar
from raw_tar import END, member
from stack import Stack
from system import Package, System, Target
from test_certificates import POSTINST, authority, certificate, name
from test_pam import FIRST, UNIX, pam_runtime

pytestmark = pytest.mark.fuzz

TARGET = Target("bookworm", "amd64", "x86_64-linux-gnu", 1)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def attempt(read: Callable[[], object]) -> None:
    """Call it. It may raise ValueError with a clean line."""
    try:
        read()
    except ValueError as error:
        assert type(error) in (ValueError, deb.BadDeb), "a library's own error, which names no package"
        assert str(error)
        assert not UNPRINTABLE.search(str(error))


def layer_of(*packages: Made) -> None:
    """Build the layer of these packages."""
    with tempfile.TemporaryDirectory() as folder:
        attempt(lambda: Stack(Path(folder)).add(*packages))


class Raw(Made):
    """A package with this content, whatever it is."""

    def __init__(self, content: bytes) -> None:
        super().__init__("raw")
        self._content = content

    def content(self) -> bytes:
        return self._content


def mutations(whole: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some changed, some put in, or their end cut off."""
    at = st.integers(0, len(whole))
    edit = st.tuples(at, st.integers(0, 16), st.binary(max_size=8))

    def mutate(edits: list[tuple[int, int, bytes]], end: int) -> bytes:
        data = whole
        for start, size, new in edits:
            data = data[:start] + new + data[start + size :]
        return data[:end]

    return st.builds(mutate, st.lists(edit, max_size=4), st.just(len(whole) + 32) | at)


FILES: dict[str, Content] = {
    "usr/lib/libm.so.6": shared_object("libm.so.6", (3, 2, 0)),
    "etc/ld.so.conf.d/a.conf": "/usr/lib/a\n",
    "etc/a.conf": "a",
}
SCRIPTS = {
    "postinst": "chmod 2755 /usr/lib/libm.so.6\n",
    "conffiles": "/etc/a.conf\n",
    "triggers": "interest ldconfig\n",
}


WHOLE = [
    Made("libc6", FILES, SCRIPTS, {"Version": "2.36-9"}, suffix).content() for suffix in ("", ".gz", ".xz", ".bz2")
]


@given(st.one_of([mutations(whole) for whole in WHOLE]))
def test_a_damaged_package(content: bytes) -> None:
    layer_of(Raw(content))


NUMBERS = st.integers(-(1 << 54), 1 << 54) | st.integers(-1, 1 << 13)
PARTS = st.sampled_from([b"..", b".", b"", b"usr", b"lib", b"a", b"b", b"lib.so", b"\xff", b"\n", b"x" * 90])
NAMES = st.lists(PARTS, max_size=4).map(b"/".join)
MEMBERS = st.builds(
    member,
    NAMES,
    st.binary(max_size=20),
    type=st.sampled_from([bytes([kind]) for kind in b"00015234567LKSxgDVZ\0"]),
    linkname=NAMES,
    prefix=st.just(b"") | NAMES,
)
NUMBERED = st.builds(
    member, NAMES, mode=NUMBERS, uid=NUMBERS, gid=NUMBERS, mtime=NUMBERS, size=NUMBERS, devmajor=NUMBERS
)


@given(st.lists(MEMBERS | NUMBERED, max_size=6))
def test_a_tar_of_any_members(members: list[bytes]) -> None:
    layer_of(
        Raw(
            ar(
                {
                    "debian-binary": b"2.0\n",
                    "control.tar": tar({"control": "Package: p\nVersion: 1\nArchitecture: all\n"}),
                    "data.tar": b"".join(members) + END,
                }
            )
        )
    )


@given(mutations(tar({"usr/lib/a": b"content", "b": "x" * 600})))
def test_a_damaged_tar(content: bytes) -> None:
    attempt(lambda: [stream.read(info.size) for info, stream in package_tar.members(io.BytesIO(content))])


VALUES = st.text(max_size=12) | st.sampled_from(["1.0", "amd64", "../x", "same", "\n ..", "1:2-3"])
FIELDS = st.sampled_from(
    ["Package", "Version", "Architecture", "Multi-Arch", "Status", "Essential", "Description", "package", ""]
)


@given(st.lists(st.tuples(FIELDS, VALUES), max_size=6))
def test_any_control_fields(fields: list[tuple[str, str]]) -> None:
    text = "".join(f"{field}: {value}\n" for field, value in fields)
    attempt(lambda: control.package_fields(text.encode(errors="surrogatepass")))
    layer_of(Made("dpkg", fields={field: value for field, value in fields if "\n" not in value}, suffix=""))


@given(mutations(shared_object("libm.so.6", (3, 2, 0))))
def test_a_damaged_library(data: bytes) -> None:
    found = elf.shared_object(data)
    system = System({"libc6": Package({"Package": "libc6", "Version": "2.36-9"}, {})})
    system.shared_objects = {"usr/lib/libm.so": found} if found else {}
    attempt(lambda: list(ldcache.compose(system, TARGET)))


@given(mutations(f"{FIRST}\n{UNIX}".encode()), mutations(UNIX.encode()))
def test_a_damaged_pam_profile(first: bytes, second: bytes) -> None:
    made = pam_runtime(first=first.decode("latin-1"), second=second.decode("latin-1"))
    sources = {path: text for path, text in made.files.items() if isinstance(text, str)}
    system = System({"libpam-runtime": Package({"Package": "libpam-runtime"}, {})}, sources=sources)
    attempt(lambda: list(pam.compose(system, TARGET)))


CERTIFICATE = certificate(name("A name"))


@given(mutations(base64.b64decode("".join(CERTIFICATE.splitlines()[1:-1]))))
def test_a_damaged_structure_in_a_certificate(content: bytes) -> None:
    begin, *_, end = CERTIFICATE.splitlines(True)
    attempt(lambda: certificates.subject_hash(begin + base64.encodebytes(content).decode() + end))


@given(mutations(CERTIFICATE.encode()))
def test_a_damaged_certificate(text: bytes) -> None:
    attempt(lambda: certificates.subject_hash(text.decode("latin-1")))
    layer_of(replace(authority(a=CERTIFICATE, b=text.decode("latin-1")), suffix=""))


WORDS = st.sampled_from(
    [
        *(
            "update-alternatives",
            "--install",
            "--slave",
            "/usr/bin/a",
            "a",
            "10",
            "-1",
            "/usr/share/a",
            "../x",
            "/../x",
        ),
        *("dpkg-divert", "--add", "--divert", "--package", "for", "in", "do", "$x", "x", ";", "/bin/sh", "claim_binsh"),
        *(
            "adduser",
            "addgroup",
            "--system",
            "||",
            "true",
            "root",
            "chmod",
            "chgrp",
            "2755",
            "a-x",
            "99999",
            "/usr/bin/a",
        ),
        *(
            "add-shell",
            "install_directory",
            "install_local_dir",
            "migrate_directory",
            "install_from_default",
            "profile",
        ),
        *("interest", "interest-noawait", "File", "ldconfig", "/etc", "cat > /etc/ca-certificates.conf <<EOF", "EOF"),
        *('"', "'", "\\", "\n", "\n", "\n", "\\\n", "=", "$", "${", "\x1b", "é", "\u2028", "--add $dfile"),
    ]
)
SCRIPT = st.lists(WORDS | st.text(max_size=4), max_size=40).map(" ".join)
PACKAGES = ("dpkg", "apt", "base-files", "base-passwd", "bash", "ca-certificates", "dash", "debianutils", "tzdata")
MASTER = "root:*:0:0:root:/root:/bin/bash\n"


@given(SCRIPT, SCRIPT, SCRIPT)
def test_any_maintainer_script(postinst: str, preinst: str, listed: str) -> None:
    scripts = {"postinst": postinst, "preinst": preinst, "triggers": listed, "conffiles": listed, "md5sums": listed}
    scripts = {file: text.encode(errors="replace").decode() for file, text in scripts.items()}
    files: dict[str, dict[str, Content]] = {
        "base-files": {"usr/bin/a": "a", "usr/share/base-files/profile": listed, "etc/a": b""}
    }
    files["base-passwd"] = {f"usr/share/base-passwd/{kind}.master": MASTER for kind in ("passwd", "group")}
    files["debianutils"] = {"usr/share/debianutils/shells": "/bin/sh\n"}
    layer_of(*(Made(package, files.get(package, {}), scripts, suffix="") for package in PACKAGES))


MASTERS = st.lists(st.sampled_from([*"*:0x\n", "root", "shadow", "1", "é", "\n", ":*:7:"]), max_size=20).map("".join)


@given(
    MASTERS,
    st.text(max_size=30),
    st.lists(st.sampled_from(["deb ", "uri ", "suite", "-security ", "\n", "# "])).map("".join),
)
def test_any_files_that_topics_read(master: str, text: str, sources: str) -> None:
    shared: dict[str, Content] = {
        **{f"usr/share/base-passwd/{kind}.master": master for kind in ("passwd", "group")},
        "usr/share/debianutils/shells": text.encode(errors="replace"),
        "usr/share/libc-bin/nsswitch.conf": text.encode("utf-16", errors="replace"),
        "usr/share/doc/apt/examples/sources.list": sources,
        "etc/ld.so.conf.d/a.conf": text.encode(errors="replace"),
    }
    layer_of(
        *(Made(package, shared if package == "apt" else {}, {"postinst": POSTINST}, suffix="") for package in PACKAGES)
    )
