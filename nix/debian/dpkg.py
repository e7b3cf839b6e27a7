"""dpkg's database in /var/lib/dpkg, as dpkg writes it (dpkg(1), deb-triggers(5)).

Images without dpkg have a short form of it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator

from deb import Deb
from system import Package, System, Target
from tree import Entry, directory, text

SOURCES = ()
ROOT = "var/lib/dpkg"

# A line of the control file conffiles.
CONFFILE = re.compile(r"(?:(remove-on-upgrade) )?(/[^\x00-\x1f\x7f-\x9f\ufffd]+)")
# A trigger that is no path, and the files of dpkg's own in their folder.
TRIGGER = re.compile(r"(?!(?:File|Lock|Unincorp)$)[!-.0-~]{1,255}")

# The order in which dpkg writes a paragraph. Fields that it does not know follow in the order of the package.
BEFORE_STATUS = ("Package", "Essential", "Protected")
FIELDS = (
    *("Priority", "Section", "Installed-Size", "Origin", "Maintainer", "Bugs", "Architecture", "Multi-Arch", "Source"),
    *("Version", "Replaces", "Provides", "Depends", "Pre-Depends", "Recommends", "Suggests", "Breaks", "Conflicts"),
    *("Enhances", "Conffiles", "Description"),
)


def listed_conffiles(deb: Deb) -> dict[str, str]:
    """Path → flag, or "", as the package's control file conffiles lists them (deb-conffiles(5)). Raises ValueError."""
    found = {}
    for line in deb.info["conffiles"][1].decode(errors="replace").split("\n") if "conffiles" in deb.info else []:
        listed = CONFFILE.fullmatch(line.rstrip(" "))
        if line and not listed:
            raise ValueError(f"conffiles: {line[:60]!a} is no path; repack it with dpkg-deb, or leave it out")
        if listed:
            found[listed[2]] = listed[1] or ""
    return found


def conffiles(listed: dict[str, str], digests: dict[str, str]) -> dict[str, str]:
    """Conffile → what status says of it.

    `listed` is as of listed_conffiles, `digests` the MD5 of the package's files: path → hexadecimal.
    """
    found = {}
    for path, flag in listed.items():
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
                    if trigger.startswith("/") and trigger.isprintable():
                        files.append(f"{trigger} {interest}\n")
                    elif TRIGGER.fullmatch(trigger) and trigger not in (".", ".."):
                        named.setdefault(trigger, []).append(f"{interest}\n")
                    else:
                        raise ValueError(
                            f"{package.name}: triggers: {trigger[:60]!a} is no trigger; leave the package out"
                        )
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
