"""Where wheels are written, one after the other, and what becomes of a file that several of them have.

As with pip, the last one's takes the place of the earlier ones', and RECORD of all of them names it. Here, unlike with
pip, RECORD of the earlier ones has the hash and size of what is there now. So it is written last.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from installer.destinations import SchemeDictionaryDestination
from installer.records import RecordEntry
from installer.utils import Scheme

# Who has installed a distribution (PEP 627). A wheel that has it was made of an installed one.
INSTALLER = "INSTALLER"


class Taken(ValueError):
    """What a wheel would write is there already, and both can't be."""


class Owner(NamedTuple):
    """A wheel, by the name of its file, and what its RECORD is to say of a file."""

    wheel: str
    record: RecordEntry


@dataclass
class Tree:
    """What the wheels so far have written below `root`, by absolute paths."""

    root: str
    files: dict[str, list[Owner]] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)
    # Of an earlier wheel and a later one, the files that the later has with other content.
    replaced: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def make_room(self, path: str, target: str, wheel: str) -> None:
        """Remove the file that is at `target`, if there is one, and note that the folders above it are there.

        Raises Taken if a folder is there or a file is above it, or if it is what describes another wheel.
        """
        if target in self.folders:
            raise Taken(f"{path} is already there, since it is a folder from {self.folders[target]}")
        parent = os.path.dirname(target)
        if owners := self.files.get(target):
            if parent.endswith(".dist-info") and owners[-1].wheel != wheel:
                raise Taken(f"{path} is already there from {owners[-1].wheel}")
            os.unlink(target)
        while parent not in self.folders and parent not in self.files:
            self.folders[parent] = wheel
            parent = os.path.dirname(parent)
        if parent in self.files:
            name = os.path.basename(parent)
            raise Taken(f"{path} is already there, since {name} is a file from {self.files[parent][-1].wheel}")

    def note(self, path: str, target: str, wheel: str, record: RecordEntry) -> None:
        """Note that a wheel has written `target`, and correct the records of the wheels that had.

        Raises ValueError if one wheel has two files for it that differ, since nothing tells which of them is meant.
        """
        owners = self.files.setdefault(target, [])
        if owners and owners[-1].record.hash_ != record.hash_:
            earlier = owners[-1].wheel
            if earlier != wheel:
                self.replaced.setdefault((earlier, wheel), []).append(os.path.relpath(target, self.root))
            elif os.path.basename(path) != INSTALLER:
                raise ValueError(f"{path} is already there with another content, from the same wheel")
        for owner in owners:
            owner.record.hash_, owner.record.size = record.hash_, record.size
        owners.append(Owner(wheel, record))


class Destination(SchemeDictionaryDestination):
    """Where one wheel goes. After all wheels, `write_record` has to follow."""

    def __init__(self, schemes: dict[str, str], interpreter: str, wheel: str, tree: Tree) -> None:
        super().__init__(schemes, interpreter=interpreter, script_kind="posix")
        self.wheel = wheel
        self.tree = tree

    def write_to_fs(self, scheme: Scheme, path: str, stream: BinaryIO, is_executable: bool) -> RecordEntry:
        target = self._target(scheme, path)
        self.tree.make_room(path, target, self.wheel)
        record = super().write_to_fs(scheme, path, stream, is_executable)
        self.tree.note(path, target, self.wheel, record)
        return record

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        self._last = (scheme, record_file_path, list(records))

    def write_record(self) -> None:
        """Write RECORD, in which each file has one row."""
        scheme, path, records = self._last
        rows = {self._target(row_scheme, record.path): (row_scheme, record) for row_scheme, record in records}
        super().finalize_installation(scheme, path, rows.values())

    def _target(self, scheme: Scheme, path: str) -> str:
        return os.path.normpath(os.path.join(self.scheme_dict[scheme], path))
