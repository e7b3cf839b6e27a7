"""Every file of the tree: what it leads to, whose it is, who may write it, and what it may not tell."""

import re
from datetime import datetime

import pytest

from image_tree import Image

# base-files makes these for their groups, staff, mail and utmp.
GROUP_WRITABLE = {"var/local", "var/mail", "var/log/btmp", "var/log/lastlog", "var/log/wtmp"}
# file(1) recognises scripts by it.
NAMES_A_STORE = {"usr/lib/file/magic.mgc"}
# Folders of the machine that made the image: Nix's store, and where the sandbox builds.
MACHINE = re.compile(rb"(?<![\w.-])/(nix|build|homeless-shelter)/")


def test_symbolic_links_lead_somewhere(image: Image) -> None:
    links = [path for path, member in image.entries.items() if member.issym()]
    # dpkg keeps the links of documentation that it leaves out.
    assert [path for path in links if image.resolve(path) is None and not path.startswith("usr/share/doc/")] == []


def test_scripts_have_their_interpreter(image: Image) -> None:
    missing = []
    for path, member in image.files.items():
        first = bytes(image.archive.content(member)[:256]).split(b"\n")[0]
        if not member.mode & 0o111 or first[:2] != b"#!" or path.startswith("usr/share/doc/"):
            continue
        interpreter, *arguments = first[2:].decode().split()
        found = image.resolve(interpreter.lstrip("/"))
        if found is not None and interpreter.endswith("/env"):
            found = image.which(next(word for word in arguments if not word.startswith("-")))
        if found is None or not image.entries[found].mode & 0o111:
            missing.append(f"{path}: {first.decode()}")
    assert missing == []


def test_only_sticky_folders_are_writable_for_all(image: Image) -> None:
    for path, member in image.entries.items():
        if not member.issym() and member.mode & 0o022:
            sticky = member.isdir() and member.mode & 0o1000
            assert sticky or (path in GROUP_WRITABLE and not member.mode & 0o002), path
    assert all(image.entries[path].mode == 0o1777 for path in ("tmp", "var/tmp"))


@pytest.mark.parametrize(("database", "attribute"), [("etc/passwd", "uid"), ("etc/group", "gid")])
def test_owners_are_known(image: Image, database: str, attribute: str) -> None:
    known = {int(line.split(":")[2]) for line in image.text(database).splitlines()}
    assert {getattr(member, attribute) for member in image.entries.values()} <= known


def test_nothing_is_younger_than_the_image(image: Image) -> None:
    created = datetime.fromisoformat(image.config["created"]).timestamp()
    assert [path for path, member in image.entries.items() if member.mtime > created] == []


def test_nothing_names_the_store(image: Image) -> None:
    places = sorted(
        (member.offset_data, member.offset_data + member.size, path) for path, member in image.files.items()
    )
    for offset in image.archive.occurrences(b"/nix/store"):
        holders = [path for start, end, path in places if start <= offset < end]
        assert set(holders) <= NAMES_A_STORE and holders, holders


def test_settings_and_scripts_name_no_folder_of_the_machine(image: Image) -> None:
    ours = ("etc/", "usr/local/", "app/", "start", "gunicorn_conf.py")
    for path, member in image.files.items():
        if path.startswith(ours):
            content = bytes(image.archive.content(member))
            assert b"\0" in content or not MACHINE.search(content), path


def test_openssl_finds_the_authorities(image: Image) -> None:
    """In the folder that its library is built with, whoever calls it: by their hashes, of which one is enough here."""
    assert any(path.endswith(".0") for path in image.entries if path.startswith("etc/ssl/certs/"))
    assert image.resolve("usr/lib/ssl/certs/ca-certificates.crt") == "etc/ssl/certs/ca-certificates.crt"
