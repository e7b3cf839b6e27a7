"""A wheel without what a server never reads: symbols for debuggers, C sources of its modules, launchers for Windows.

They are left out while the wheel is read. So whoever installs it writes them neither to the disk nor to RECORD, which
stays true.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator

from installer.sources import WheelContentElement, WheelFile

from strip_library import stripped

# A library or an extension module by its name; programs are left alone, which may carry data behind their end.
LIBRARY = re.compile(r".+\.so(\.[0-9.]+)?")
# What has the checksum or signature of a file, in its name. Such a library checks itself when it is loaded.
CHECKS = (".asc", ".chk", ".hmac", ".sha256", ".sig")
# What a compiler makes a module of, and what such a file may include.
SOURCE = re.compile(r"(?P<stem>.+)\.(c|cc|cpp|cxx|pyx)")
INCLUDING = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".pxd", ".pxi", ".pyx")
INCLUDE = re.compile(rb"""\binclude\s*["'<]([^"'>\r\n]+)""")
LINE = 1 << 16
# The programs that pip and setuptools put before a script on Windows.
LAUNCHER = re.compile(r"(.+/)?(distlib/[tw](32|64)(-arm)?|setuptools/(cli|gui)(-(32|64|arm64))?)\.exe")


class LeanWheel(WheelFile):
    """A wheel as it is read to be installed. `strip` is the path of elfutils' eu-strip."""

    def __init__(self, archive: zipfile.ZipFile, strip: str) -> None:
        super().__init__(archive)
        self._archive = archive
        self._strip = strip

    def get_contents(self) -> Iterator[WheelContentElement]:
        names = frozenset(self._archive.namelist())
        sources = self._sources_of_modules(names)
        for record, stream, is_executable in super().get_contents():
            name = record[0]
            if name in sources or LAUNCHER.fullmatch(name):
                continue
            if LIBRARY.fullmatch(name) and not _checks_itself(name, names):
                with stripped(stream, self._strip) as lean:
                    yield record, lean, is_executable
            else:
                yield record, stream, is_executable

    def _sources_of_modules(self, names: frozenset[str]) -> set[str]:
        """The sources beside the module that was built of them, but for those that others include."""
        built = {_stem(name) for name in names if name.endswith(".so")}
        found = {name for name in names if (source := SOURCE.fullmatch(name)) and source["stem"] in built}
        if not found:
            return found
        included = {included for name in names if name.endswith(INCLUDING) for included in self._included(name)}
        return {name for name in found if posixpath.basename(name) not in included}

    def _included(self, name: str) -> Iterator[str]:
        with self._archive.open(name) as stream:
            for line in iter(lambda: stream.readline(LINE), b""):
                for path in INCLUDE.findall(line):
                    yield posixpath.basename(path.decode(errors="replace"))


def _stem(name: str) -> str:
    """The path of a module without what its file's name says of Python and platform."""
    folder, base = posixpath.split(name)
    return posixpath.join(folder, base.partition(".")[0])


def _checks_itself(name: str, names: frozenset[str]) -> bool:
    """Whether the wheel has a checksum or signature of the library beside it, also of the name before .so."""
    folder, base = posixpath.split(name)
    checked = [f"{dot}{start}{check}" for dot in ("", ".") for start in (base, _stem(base)) for check in CHECKS]
    return any(posixpath.join(folder, check) in names for check in checked)
