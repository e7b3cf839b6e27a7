"""The private apt: what it makes of apt's answers, which here come from a program that only pretends."""

import os
import shutil
from pathlib import Path

import pytest

import private_apt
from lock import Package
from private_apt import PrivateApt, find_keyring
from update_error import UpdateError

MIRRORS = {"debian": "https://a.example/debian/", "debian-security": "https://b.example/debian-security"}
ARCHIVES = {"debian": ["stable", "stable-updates"], "debian-security": ["stable-security"]}
SHA256 = "0123456789abcdef" * 4


class Pretender:
    """An apt-get that answers with what it is told to, and notes what it is asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.program = root / "bin" / "apt-get"
        self.program.parent.mkdir()
        self.answer()

    def answer(self, status: int = 0, stdout: str = "", stderr: str = "") -> None:
        (self.root / "stdout").write_text(stdout)
        (self.root / "stderr").write_text(stderr)
        self.program.write_text(
            f"#!{shutil.which('sh')}\n"
            f"cd {self.root} && echo $* >>asked && cp $APT_CONFIG apt.conf && cat stdout && cat stderr >&2\n"
            f"exit {status}\n"
        )
        self.program.chmod(0o755)

    def asked(self) -> list[str]:
        return (self.root / "asked").read_text().splitlines()


@pytest.fixture
def pretender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretender:
    pretender = Pretender(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    return pretender


def apt(pretender: Pretender, mirrors: dict[str, str] = MIRRORS, architecture: str = "amd64") -> PrivateApt:
    return PrivateApt(pretender.root / "root", architecture, ARCHIVES, mirrors, Path("/keys.gpg"))


def test_its_sources(pretender: Pretender) -> None:
    apt(pretender, architecture="arm64")
    assert pretender.asked() == ["-q update"]
    assert (pretender.root / "root/etc/sources.list").read_text().splitlines() == [
        "deb [signed-by=/keys.gpg] https://a.example/debian stable main",
        "deb [signed-by=/keys.gpg] https://a.example/debian stable-updates main",
        "deb [signed-by=/keys.gpg] https://b.example/debian-security stable-security main",
    ]
    assert 'APT::Architectures "arm64";' in (pretender.root / "apt.conf").read_text()


def test_no_package_is_taken_for_an_option(pretender: Pretender) -> None:
    private = apt(pretender)
    private.install(["-o=x", "?essential"], fix="")
    private.download(["dash"], fix="")
    assert pretender.asked()[1:] == ["-q install --print-uris -- -o=x ?essential", "-q download --print-uris -- dash"]


def test_the_files_of_packages(pretender: Pretender) -> None:
    private = apt(pretender)
    lines = [
        "Reading package lists...",
        f"'https://b.example/debian-security/pool/l/libc++_1.deb' libc++_1%3a1%2b2_amd64.deb 12 SHA256:{SHA256}",
        f"'https://a.example/debian/pool/d/dash%2b1_1.deb' dash_1_all.deb 3 SHA256:{SHA256}",
    ]
    pretender.answer(stdout="\n".join(lines) + "\n")
    expected = [
        Package(
            name="dash",
            version="1",
            architecture="all",
            archive="debian",
            path="pool/d/dash+1_1.deb",
            sha256=SHA256,
            size=3,
        ),
        Package(
            name="libc++",
            version="1:1+2",
            architecture="amd64",
            archive="debian-security",
            path="pool/l/libc++_1.deb",
            sha256=SHA256,
            size=12,
        ),
    ]
    assert private.install(["dash"], fix="") == expected
    assert private.download(["dash"], fix="") == expected


def test_a_file_that_is_on_no_mirror(pretender: Pretender) -> None:
    private = apt(pretender)
    pretender.answer(stdout=f"'https://c.example/debian/x.deb' x_1_all.deb 3 SHA256:{SHA256}\n")
    with pytest.raises(UpdateError, match=r"^apt: https://c\.example/debian/x\.deb: on none of the mirrors .*; .*$"):
        private.install(["x"], fix="")


@pytest.mark.parametrize("file", ["x%1b%5b2J_1_all", "-ox_1_all", "x%0a_1_all", "x_1%20--y_all", "x_1_all%3b"])
def test_a_name_that_is_none(pretender: Pretender, file: str) -> None:
    private = apt(pretender)
    pretender.answer(stdout=f"'https://a.example/debian/x.deb' {file}.deb 3 SHA256:{SHA256}\n")
    with pytest.raises(UpdateError) as error:
        private.install(["x"], fix="mend it")
    assert str(error.value).endswith("; mend it") and str(error.value).isprintable()


@pytest.mark.parametrize(
    ("mirrors", "archives"),
    [
        ({"debian": "https://a.example/debian\ndeb [trusted=yes] https://b.example"}, {"debian": ["stable"]}),
        ({"debian": "https://a.example/de bian"}, {"debian": ["stable"]}),
        ({"debian": "https://a.example/debian"}, {"debian": ["stable main\ndeb [trusted=yes] https://b.example x"]}),
    ],
)
def test_a_line_of_the_sources_is_one_line(
    pretender: Pretender, mirrors: dict[str, str], archives: dict[str, list[str]]
) -> None:
    with pytest.raises(UpdateError) as error:
        PrivateApt(pretender.root / "root", "amd64", archives, mirrors, Path("/keys.gpg"))
    assert str(error.value).isprintable() and not (pretender.root / "asked").exists()


def test_an_apt_that_never_ends(pretender: Pretender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_apt, "SECONDS", 0.1)
    pretender.program.write_text(f"#!{shutil.which('sh')}\nexec sleep 60\n")
    with pytest.raises(UpdateError, match=r"not done within 0\.1 seconds; check the mirror"):
        apt(pretender)


def test_a_release_without_a_date(pretender: Pretender) -> None:
    private = apt(pretender)
    lists = pretender.root / "root/lists"
    for text in (b"", b"Date: soon\n", b"Date: Sat, 09 Aug 99999 10:00:00 UTC\n", b"Date: \xff\n"):
        (lists / "stable_Release").write_bytes(text)
        with pytest.raises(UpdateError, match="no Release file with a date"):
            private.released()


def test_the_terminal_is_not_the_mirrors(pretender: Pretender) -> None:
    private = apt(pretender)
    pretender.answer(
        100, stderr="E: The repository says \x1b[2J\x9b \udcff\n".encode("utf-8", "surrogateescape").decode("latin-1")
    )
    with pytest.raises(UpdateError) as error:
        private.install(["x"], fix="mend it")
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("stdout", "stderr", "reason"),
    [
        ("", "E: Unable to locate package nope\nE: Another\n", "Unable to locate package nope"),
        ("", "W: Careful\nE: Two conflicts:\n   1. a\n   2. b.\nN: Note\n", "Two conflicts: 1. a 2. b"),
        (
            "These packages have unmet dependencies:\n foo : Depends: bar but\n   it is not\n qux : Breaks: x\n",
            "E: Unable to correct problems, you have held broken packages.\n",
            "Unable to correct problems, you have held broken packages: foo : Depends: bar but it is not",
        ),
        ("", "Segmentation fault\n", "exit status 100"),
    ],
)
def test_an_error_is_one_line(pretender: Pretender, stdout: str, stderr: str, reason: str) -> None:
    private = apt(pretender)
    pretender.answer(100, stdout, stderr)
    with pytest.raises(UpdateError) as error:
        private.install(["foo"], fix="mend it")
    assert str(error.value) == f"apt for amd64: {reason}; mend it"


def test_archives_that_cannot_be_read(pretender: Pretender) -> None:
    pretender.answer(100, stderr="E: Failed to fetch https://a.example/debian/dists/stable/InRelease  404  Not Found\n")
    with pytest.raises(UpdateError) as error:
        apt(pretender)
    assert str(error.value) == (
        "apt for amd64: Failed to fetch https://a.example/debian/dists/stable/InRelease 404 Not Found; "
        "check the mirror, or give another by --debian-mirror URL"
    )


def test_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_apt, "KEYRINGS", tmp_path)
    (tmp_path / "debian-archive-bookworm-stable.gpg").touch()
    with pytest.raises(UpdateError, match=r"^debian-archive-keyring: not installed; run: apt-get install debian-"):
        find_keyring()
    for suffix in ("gpg", "pgp"):
        (tmp_path / f"debian-archive-keyring.{suffix}").touch()
    assert find_keyring() == tmp_path / "debian-archive-keyring.gpg"
