"""Packages that are unpacked on the build machine: what comes out, and that nothing outside the folder is touched."""

import lzma
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from packages import Content, ar, entry, symlink, tar

SCRIPT = Path(__file__).parents[2] / "nix/bootstrap/unpack.sh"
MEBIBYTE = 1 << 20

pytestmark = pytest.mark.skipif(not shutil.which("busybox"), reason="busybox is not on PATH")


@pytest.fixture
def applets(tmp_path: Path) -> str:
    """A folder with busybox's applets."""
    folder = tmp_path / "applets"
    folder.mkdir()
    subprocess.run(["busybox", "--install", "-s", folder], check=True)
    return str(folder)


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file that no package may touch."""
    folder = tmp_path / "outside"
    folder.mkdir()
    secret = folder / "secret"
    secret.write_text("of the host")
    secret.chmod(0o640)
    os.utime(secret, (1, 1))
    yield folder
    assert os.listdir(folder) == ["secret"]
    status = secret.stat()
    assert (secret.read_text(), status.st_mode & 0o7777, status.st_mtime) == ("of the host", 0o640, 1)


@pytest.fixture
def unpack(tmp_path: Path, applets: str) -> "Unpack":
    return Unpack(tmp_path, applets)


class Unpack:
    """Unpacks packages into `out`, which need be no more than their data.tar."""

    def __init__(self, folder: Path, path: str) -> None:
        self._folder = folder
        self._path = path
        self.out = folder / "out"

    def __call__(self, *packages: Mapping[str, Content] | bytes) -> "subprocess.CompletedProcess[str]":
        debs = [self._folder / f"{'0' * 32}-p{number}.deb" for number in range(len(packages))]
        for deb, package in zip(debs, packages, strict=True):
            data = package if isinstance(package, bytes) else data_tar(tar(package))
            deb.write_bytes(data)
        return subprocess.run(
            ["sh", SCRIPT, self.out, *debs], env={"PATH": self._path}, check=False, capture_output=True, text=True
        )

    def refuses(self, *packages: Mapping[str, Content] | bytes) -> str:
        """The line with which the last package is refused."""
        run = self(*packages)
        assert run.returncode == 1
        line = run.stderr.removesuffix("\n")
        assert line.startswith(f"bootstrap: p{len(packages) - 1}.deb: ")
        assert line.isprintable()
        return line


def data_tar(content: bytes) -> bytes:
    return ar({"debian-binary": b"2.0\n", "control.tar.xz": b"", "data.tar.xz": lzma.compress(content)})


def hard_link(target: str) -> tarfile.TarInfo:
    return entry(tarfile.LNKTYPE, 0o4777, target)


def test_files_of_all_packages(unpack: Unpack) -> None:
    run = unpack({"usr/bin/tool": b"tool", "usr/bin/other": symlink("tool")}, {"usr/bin/third": b"third"})
    assert (run.returncode, run.stderr) == (0, "")
    assert (unpack.out / "usr/bin/other").read_bytes() == b"tool"
    assert (unpack.out / "usr/bin/third").read_bytes() == b"third"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("usr/lib/python3/site.py", "/etc/site.py"),
        ("usr/lib/python3/site.py", "///etc/site.py"),
        ("usr/lib/python3/site.py", "../../../etc/site.py"),
        ("top", "/etc/site.py"),
        ("top", "etc/site.py"),
        ("a folder/a link\\", "/etc/site.py"),
    ],
)
def test_links_lead_to_within_the_folder(unpack: Unpack, link: str, target: str) -> None:
    assert unpack({"etc/site.py": b"of the package", link: symlink(target)}).returncode == 0
    assert (unpack.out / link).read_bytes() == b"of the package"
    assert not os.readlink(unpack.out / link).startswith("/")


@pytest.mark.parametrize("target", ["../x", "..", "../../x", "a/../../x", "/..", "/a/../../x", "./../x", "..//..//x"])
def test_a_link_that_leads_out_is_refused(unpack: Unpack, target: str) -> None:
    unpack.refuses({"link": symlink(target)})


def test_no_chain_of_links_leads_out(unpack: Unpack) -> None:
    # By the names alone, `out` stays inside. But d1/d2/d3/up is the folder x, and three folders above that are outside.
    unpack.refuses({"x/file": b"", "d1/d2/d3/up": symlink("../../../x"), "out": symlink("d1/d2/d3/up/../../../..")})


@pytest.mark.parametrize("through", ["{}", "../outside", "../../../../..{}"])
@pytest.mark.parametrize("together", [True, False])
def test_no_file_goes_through_a_link(unpack: Unpack, outside: Path, through: str, together: bool) -> None:
    link: dict[str, Content] = {"usr/link": symlink(through.format(outside))}
    # dpkg-deb writes a folder before what is in it, which would be in the way of the link.
    files: dict[str, Content] = {"usr/link/secret": b"new", "usr/link/made": symlink("x")}
    if together:
        unpack.refuses(data_tar(plain_tar({**link, **files})))
    else:
        unpack(data_tar(plain_tar(link)), data_tar(plain_tar(files)))


def plain_tar(files: Mapping[str, Content]) -> bytes:
    """A tar without the folders that the names need."""
    whole = tar({f"{number:08}": content for number, content in enumerate(files.values())})
    for number, name in enumerate(files):
        whole = renamed(whole, f"./{number:08}", name)
    return whole


def renamed(content: bytes, old: str, new: str) -> bytes:
    """A tar in which one member has another name, of at most 100 characters."""
    at = content.index(old.encode().ljust(100, b"\0"))
    header = bytearray(content[at : at + 512])
    header[:100] = new.encode().ljust(100, b"\0")
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return content[:at] + bytes(header) + content[at + 512 :]


@pytest.mark.parametrize("target", ["{}/secret", "../outside/secret", "../../../../..{}/secret", "usr/link/secret"])
def test_no_hard_link_leads_out(unpack: Unpack, outside: Path, target: str) -> None:
    files = {"usr/link": symlink(str(outside)), "usr/hard": hard_link(target.format(outside))}
    unpack.refuses({name: files[name] for name in files if name == "usr/hard" or "link" in target})


def test_no_hard_link_is_made_outside(unpack: Unpack, outside: Path) -> None:
    files: dict[str, Content] = {
        "usr/link": symlink(str(outside)),
        "file": b"new",
        "usr/link/made": hard_link("file"),
    }
    unpack.refuses(data_tar(plain_tar(files)))


def test_a_hard_link_is_refused(unpack: Unpack) -> None:
    assert "hard link" in unpack.refuses({"a": b"", "b": hard_link("./a")})


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_a_device_is_refused(unpack: Unpack, kind: bytes) -> None:
    # Only root can make a device; for others, tar fails.
    unpack.refuses({"dev/node": entry(kind)})


@pytest.mark.parametrize("name", ["../outside/secret", "a/../../outside/secret", "../../../../..{}/secret"])
def test_a_name_that_leads_out_is_refused(unpack: Unpack, outside: Path, name: str) -> None:
    unpack.refuses(data_tar(plain_tar({name.format(outside): b"new"})))


def test_an_absolute_name_is_refused(unpack: Unpack, outside: Path) -> None:
    unpack.refuses(data_tar(plain_tar({f"{outside}/secret": b"new"})))


def test_a_name_with_a_line_break_is_refused(unpack: Unpack) -> None:
    unpack.refuses({"a\nb": b""})


SOUND = data_tar(tar({"usr/bin/tool": os.urandom(9999)}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>404</html>",
        SOUND[:-5000],
        SOUND[:100],
        SOUND.replace(b"\xfd7zXZ", b"\xfd7zXX"),
        ar({"debian-binary": b"2.0\n"}),
        ar({"data.tar.xz": lzma.compress(b"\x1b[2J" * 999)}),
    ],
)
def test_a_damaged_package_is_refused(unpack: Unpack, content: bytes) -> None:
    unpack.refuses({"a": b""}, content)


def test_what_unpacks_to_far_more_than_its_size_is_refused(unpack: Unpack) -> None:
    unpack.refuses({"zeros": bytes(80 * MEBIBYTE)})
    assert sum(path.stat().st_size for path in unpack.out.rglob("*")) < 70 * MEBIBYTE


def test_what_unpacks_to_much_more_than_its_size_is_not(unpack: Unpack) -> None:
    assert unpack({"zeros": bytes(8 * MEBIBYTE)}).returncode == 0
