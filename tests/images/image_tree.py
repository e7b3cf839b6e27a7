"""An image archive as an engine sees it: its JSON documents, and the tree that its layers make when stacked."""

import json
import mmap
import tarfile
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any

LINKS = 40  # that Linux follows in one path


class Archive:
    """The file that `docker load` takes. It is mapped into memory: only what a test looks at is read from the disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._content = memoryview(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))
        self.members = {member.name: member for member in self._members(0)}

    def _members(self, start: int) -> list[tarfile.TarInfo]:
        self._file.seek(start)
        with tarfile.open(fileobj=self._file, mode="r:") as tar:
            return tar.getmembers()

    def content(self, member: tarfile.TarInfo) -> memoryview:
        """The content of a member of the archive or of a layer."""
        return self._content[member.offset_data : member.offset_data + member.size]

    def json(self, name: str) -> Any:
        return json.loads(bytes(self.content(self.members[name])))

    def layer(self, name: str) -> list[tarfile.TarInfo]:
        """The members of the uncompressed layer tar `name`."""
        return self._members(self.members[name].offset_data)

    def occurrences(self, text: bytes) -> Iterator[int]:
        """The offsets in the archive file at which it holds `text`."""
        content = self._content.obj
        assert isinstance(content, mmap.mmap)
        offset = content.find(text)
        while offset >= 0:
            yield offset
            offset = content.find(text, offset + 1)


def blob(digest: str) -> str:
    """The name of the blob with this digest (image-layout.md)."""
    return f"blobs/{digest.replace(':', '/')}"


class Image:
    """The image in an archive; all paths are without a leading slash.

    config, manifest  the documents of the OCI image specification; index_entry  its descriptor in index.json
    layers            the members of each layer's tar, lowest first
    entries           {path: member} of the tree: an upper layer's member replaces a lower one's of the same path
    minor, variant    what its tag names, such as "3.9" and "slim"; the variant of the full image is ""
    """

    def __init__(self, path: Path) -> None:
        self.archive = Archive(path)
        (self.index_entry,) = self.archive.json("index.json")["manifests"]
        self.manifest = self.archive.json(blob(self.index_entry["digest"]))
        self.config = self.archive.json(blob(self.manifest["config"]["digest"]))
        self.layers = [self.archive.layer(blob(layer["digest"])) for layer in self.manifest["layers"]]
        self.entries = {member.name: member for layer in self.layers for member in layer}
        tag = self.index_entry["annotations"]["org.opencontainers.image.ref.name"]
        self.minor, _, self.variant = tag.removeprefix("python").partition("-")
        self.resolve = cache(self._resolve)

    @cached_property
    def files(self) -> dict[str, tarfile.TarInfo]:
        """The regular files."""
        return {path: member for path, member in self.entries.items() if member.isreg()}

    def is_directory(self, path: str) -> bool:
        return path == "" or (path in self.entries and self.entries[path].isdir())

    def _resolve(self, path: str) -> str | None:
        """The path of what `path` leads to when all symbolic links are followed; None if there is nothing."""
        parts = list(PurePosixPath("/", path).parts[1:])[::-1]
        real: list[str] = []
        followed = 0
        while parts:
            part = parts.pop()
            if part == "..":
                real = real[:-1]
                continue
            member = self.entries.get("/".join([*real, part]))
            if member is None or not self.is_directory("/".join(real)):
                return None
            if not member.issym():
                real.append(part)
                continue
            followed += 1
            if followed > LINKS:
                return None
            target = PurePosixPath(member.linkname)
            if target.is_absolute():
                real = []
            parts += [part for part in target.parts if part != "/"][::-1]
        return "/".join(real)

    def content(self, path: str) -> memoryview:
        """The content of the file that `path` leads to. Raises KeyError if there is none."""
        member = self.entries[self.resolve(path) or path]
        while member.islnk():
            member = self.entries[member.linkname]
        if not member.isreg():
            raise KeyError(path)
        return self.archive.content(member)

    def text(self, path: str) -> str:
        return bytes(self.content(path)).decode()

    @cached_property
    def environment(self) -> dict[str, str]:
        return dict(variable.split("=", 1) for variable in self.config["config"]["Env"])

    def which(self, program: str) -> str | None:
        """The path of the program that PATH finds, symbolic links followed."""
        for folder in self.environment["PATH"].split(":"):
            path = self.resolve(f"{folder}/{program}".lstrip("/"))
            if path is not None and self.entries[path].mode & 0o111 and not self.is_directory(path):
                return path
        return None
