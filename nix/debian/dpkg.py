"""dpkg's database in /var/lib/dpkg, as dpkg writes it (dpkg(1), deb-triggers(5)).

Images without dpkg have a short form of it.
"""

import hashlib
from collections.abc import Iterable, Iterator

from deb import Deb
from system import Package, System, Target
from tree import Entry, directory, text

SOURCES = ()
ROOT = "var/lib/dpkg"

# The order in which dpkg writes a paragraph. Fields that it does not know follow in the order of the package.
BEFORE_STATUS = ("Package", "Essential", "Protected")
FIELDS = (
    *("Priority", "Section", "Installed-Size", "Origin", "Maintainer", "Bugs", "Architecture", "Multi-Arch", "Source"),
    *("Version", "Replaces", "Provides", "Depends", "Pre-Depends", "Recommends", "Suggests", "Breaks", "Conflicts"),
    *("Enhances", "Conffiles", "Description"),
)


def conffiles(listed: list[str], digests: dict[str, str]) -> dict[str, str]:
    """Conffile → what status says of it.

    `listed` are the lines of the package's control file conffiles, `digests` the MD5 of its files: path → hexadecimal.
    """
    found = {}
    for line in listed:
        flag, _, path = line.rpartition(" ")
        if flag:
            found[path] = f"newconffile {flag}"
        elif path in digests:
            found[path] = digests[path]
    return found


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def paragraph(package: Package, status: str = "install ok installed") -> str:
    """The package's paragraph in the status file."""
    fields = dict(package.fields)
    if package.conffiles:
        fields["Conffiles"] = "".join(f"\n {path} {state}" for path, state in package.conffiles.items())
    first = [name for name in BEFORE_STATUS if name in fields]
    rest = [name for name in FIELDS if name in fields]
    unknown = [name for name in fields if name not in (*BEFORE_STATUS, *FIELDS)]
    lines = [f"{name}: {fields[name]}" for name in first]
    lines.append(f"Status: {status}")
    lines += [f"{name}:{'' if fields[name].startswith(chr(10)) else ' '}{fields[name]}" for name in rest + unknown]
    return "\n".join(lines) + "\n"


def info(deb: Deb, package: Package, members: Iterable[str]) -> Iterator[Entry]:
    """The package's files in info/.

    `members` are the names of data.tar's members, without a slash at the beginning or end; "" is the root.
    """
    stem = f"{ROOT}/info/{package.instance}"
    yield text(f"{stem}.list", "".join(f"/{name or '.'}\n" for name in members))
    for name, (member, data) in sorted(deb.info.items()):
        yield Entry(f"{stem}.{name}", member.mode, data)


def compose(system: System, target: Target) -> Iterator[Entry]:
    """Those files of the database that are about all packages."""
    packages = [system.packages[name] for name in sorted(system.packages)]
    yield text(f"{ROOT}/status", "".join(f"{paragraph(package)}\n" for package in packages))
    yield text(f"{ROOT}/info/format", "1\n")
    for name in ("lock", "lock-frontend", "triggers/Unincorp", "triggers/Lock"):
        yield Entry(f"{ROOT}/{name}", 0o640 if name.startswith("lock") else 0o600 if name.endswith("Lock") else 0o644)
    for name in ("alternatives", "parts", "updates"):
        yield directory(f"{ROOT}/{name}")
    yield from _triggers(packages)


def _triggers(packages: list[Package]) -> Iterator[Entry]:
    """Which package is interested in which trigger: a file for each named trigger, and one for all that are paths."""
    files = []
    named: dict[str, list[str]] = {}
    for package in packages:
        for line in package.info.get("triggers", "").splitlines():
            match line.split():
                case [("interest" | "interest-await" | "interest-noawait") as directive, trigger]:
                    interest = package.instance + ("/noawait" if directive == "interest-noawait" else "")
                    if trigger.startswith("/"):
                        files.append(f"{trigger} {interest}\n")
                    else:
                        named.setdefault(trigger, []).append(f"{interest}\n")
    if files:
        yield text(f"{ROOT}/triggers/File", "".join(files))
    for trigger, interests in named.items():
        yield text(f"{ROOT}/triggers/{trigger}", "".join(interests))


def status_directory(deb: Deb, package: Package) -> Iterator[Entry]:
    """The form for images without dpkg: one file a package, in a folder where scanners look for it."""
    stem = f"{ROOT}/status.d/{package.name}"
    yield text(stem, paragraph(package))
    if "md5sums" in deb.info:
        yield Entry(f"{stem}.md5sums", 0o644, deb.info["md5sums"][1])
