"""What is wrong with a wheel, found before any of its files is written.

The library that installs wheels holds each file to its hash in RECORD. It takes the rest as it is, and ends in whatever
exception comes of it, or never.
"""

import configparser
import csv
import zipfile
from email.message import Message
from email.parser import HeaderParser

from installer.records import InvalidRecordEntry, parse_record_file
from installer.sources import WheelFile
from installer.utils import SCHEME_NAMES, canonicalize_name, parse_entrypoints

# The longest name of a file, the longest part of one, in bytes, and the most parts.
NAME = 1024
PART = 255
PARTS = 100
# What a wheel of no size may expand to, and how much more for each byte that it has. Deflate reaches a thousand.
ALLOWANCE = 1 << 30
RATIO = 100
# The largest file that is read as a whole: of metadata, or a script whose first line is changed.
TEXT = 16 << 20
# The longest line, and the longest value, of entry_points.txt.
ENTRY = 1000
# Bits of a member's flags: encrypted, patch data, strongly encrypted (4.4.4 of the ZIP specification).
UNREADABLE = 0x1 | 0x20 | 0x40
# PEP 427: "sha256 or better".
HASHES = ("sha256", "sha384", "sha512")


def check(archive: zipfile.ZipFile, wheel: WheelFile, size: int) -> None:
    """Raise ValueError if the wheel of `size` bytes is not as PEP 427 says; as zipfile does, if it can't be read."""
    members = archive.infolist()
    for member in members:
        _check_member(member, wheel)
    if len({member.filename for member in members}) < len(members):
        raise ValueError("has two files of one name")
    if sum(member.file_size for member in members) > ALLOWANCE + RATIO * size:
        raise ValueError(f"expands to more than {RATIO} times its size and {ALLOWANCE >> 20} MiB")
    _check_scripts(archive, wheel)
    _check_record(archive, wheel)
    _check_metadata(archive, wheel)
    _check_entry_points(archive, wheel)


def _check_member(member: zipfile.ZipInfo, wheel: WheelFile) -> None:
    name = member.filename
    # zipfile cuts a name at a zero.
    if len(name.encode(errors="replace")) > NAME or min(member.orig_filename, default="a") < " ":
        raise ValueError(f"{name:.100} is longer than {NAME} bytes, or has a control character")
    parts = name.removesuffix("/").split("/")
    if {"", ".", ".."} & set(parts):
        raise ValueError(f"{name} is not a plain relative name")
    if len(parts) > PARTS or max(len(part.encode(errors="replace")) for part in parts) > PART:
        raise ValueError(f"{name} is in {len(parts) - 1} folders, or has a part of more than {PART} bytes")
    if member.flag_bits & UNREADABLE or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is encrypted, or compressed in a way that wheels are not")
    if parts[0] == wheel.data_dir and not member.is_dir() and (len(parts) < 3 or parts[1] not in SCHEME_NAMES):
        raise ValueError(f"{name} is in no folder for one of {', '.join(sorted(SCHEME_NAMES))}")
    if member.is_dir() and member.file_size:
        raise ValueError(f"{name} is a folder and has content")


def _check_scripts(archive: zipfile.ZipFile, wheel: WheelFile) -> None:
    for member in archive.infolist():
        if member.filename.startswith(f"{wheel.data_dir}/scripts/") and member.file_size > TEXT:
            with archive.open(member) as file:
                if file.read(8) == b"#!python":
                    raise ValueError(f"{member.filename} is a script of more than {TEXT >> 20} MiB")


def _check_record(archive: zipfile.ZipFile, wheel: WheelFile) -> None:
    """RECORD states the size of each file, so that no more than that is unpacked."""
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    try:
        rows = list(parse_record_file(_text(archive, wheel, "RECORD").splitlines()))
    except (csv.Error, InvalidRecordEntry) as error:
        raise ValueError(f"RECORD: {error}") from None
    for name, digest, size in rows:
        if digest and digest.partition("=")[0] not in HASHES:
            raise ValueError(f"RECORD has a hash of {name} that is none of {', '.join(HASHES)}")
        if size and name in sizes and size != str(sizes[name]):
            raise ValueError(f"{name} has {sizes[name]} bytes instead of the {size:.20} that RECORD states")


def metadata(archive: zipfile.ZipFile, wheel: WheelFile) -> Message:
    """Return the fields of METADATA. Raises ValueError if there is none, or if it is too large."""
    return HeaderParser().parsestr(_text(archive, wheel, "METADATA"))


def _check_metadata(archive: zipfile.ZipFile, wheel: WheelFile) -> None:
    fields = metadata(archive, wheel)
    name = str(fields["Name"])
    if fields["Version"] is None or canonicalize_name(name) != canonicalize_name(wheel.distribution):
        raise ValueError(f"METADATA is that of {name:.100}, or names no version")
    _text(archive, wheel, "WHEEL")


def _check_entry_points(archive: zipfile.ZipFile, wheel: WheelFile) -> None:
    if "entry_points.txt" not in wheel.dist_info_filenames:
        return
    text = _text(archive, wheel, "entry_points.txt")
    # The patterns of the libraries take time that grows with the square of a line, and of a value of several lines.
    if any(len(line) > ENTRY for line in text.splitlines()):
        raise ValueError(f"entry_points.txt has a line of more than {ENTRY} characters")
    try:
        values = configparser.RawConfigParser(delimiters="=", strict=False)
        values.read_string(text)
        if any(len(value) > ENTRY for section in values.values() for value in section.values()):
            raise ValueError(f"entry_points.txt has a value of more than {ENTRY} characters")
        for name, *_ in parse_entrypoints(text):
            if "/" in name or not name.isprintable() or name in ("", ".", ".."):
                raise ValueError(f"entry_points.txt: {name:.100} is no name of a script")
    except AssertionError:
        raise ValueError("entry_points.txt has a script that is not of the form NAME = MODULE:FUNCTION") from None
    except configparser.Error as error:
        raise ValueError(f"entry_points.txt: {error}") from None


def _text(archive: zipfile.ZipFile, wheel: WheelFile, name: str) -> str:
    """A file of the .dist-info folder. Old tools wrote names of authors in encodings of their own."""
    try:
        member = archive.getinfo(f"{wheel.dist_info_dir}/{name}")
    except KeyError:
        raise ValueError(f"lacks {wheel.dist_info_dir}/{name}") from None
    if member.file_size > TEXT:
        raise ValueError(f"{name} is larger than {TEXT >> 20} MiB")
    return archive.read(member).decode(errors="surrogateescape" if name == "METADATA" else "strict")
