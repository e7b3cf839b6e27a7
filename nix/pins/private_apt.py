"""apt in a root of its own, so that neither the machine's sources nor its installed packages have a say."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote

from forms import SOURCE, URL, matches
from lock import Package, has_form
from update_error import UpdateError

KEYRINGS = Path("/usr/share/keyrings")
SECONDS = 3600  # that one run of apt may take; a mirror could otherwise send a byte now and then for ever
CHECK = "check the mirror, or give another by --debian-mirror URL"

# A field of a paragraph, in one line.
_FIELD = re.compile(r"^([A-Za-z0-9-]+): (.*)$", re.MULTILINE)
# A line of --print-uris: 'URI' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:HASH
_FILE = re.compile(r"^'(\S+)' ([^\s_]+)_([^\s_]+)_([^\s_]+)\.deb ([0-9]{1,15}) SHA256:(\w{64})$", re.MULTILINE)
# An error with the lines that continue it, and what stands in the way of a package.
_ERROR = re.compile(r"^E: (.*(?:\n .*)*)", re.MULTILINE)
_REMOVED = re.compile(r"^(The following packages will be REMOVED:\n(?: .*\n)+)", re.MULTILINE)
_UNMET = re.compile(r"^ (\S+ : .*(?:\n {2}.*)*)", re.MULTILINE)


def find_keyring() -> Path:
    """The file of Debian's keys. Raises UpdateError where there is none."""
    for keyring in sorted(KEYRINGS.glob("debian-archive-keyring.*")):
        return keyring
    raise UpdateError("debian-archive-keyring: not installed; run: apt-get install debian-archive-keyring")


class PrivateApt:
    """apt for one architecture in the folder `root`, with these suites of each archive, signed by keys of `keyring`.

    A suite may end with the architecture for which it is, such as "trixie [arch=amd64]". `mirrors` holds the URL of
    each archive. Raises UpdateError where an archive is not to be had or not signed.
    """

    def __init__(
        self,
        root: Path,
        architecture: str,
        archives: Mapping[str, Iterable[str]],
        mirrors: Mapping[str, str],
        keyring: Path,
    ) -> None:
        self._root = root
        self._architecture = architecture
        # As apt prints them: it leaves one slash of file:///.
        self._mirrors = {archive: re.sub("^file:/+", "file:/", url.rstrip("/")) for archive, url in mirrors.items()}
        for word, form in [(url, URL) for url in self._mirrors.values()] + [
            (suite, SOURCE) for suites in archives.values() for suite in suites
        ]:
            if not matches(word, form):
                raise UpdateError(
                    f"{word!r} is not {form[1]}; give another by --debian-mirror URL, or mend the pins file"
                )
        for folder in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
            (root / folder).mkdir(parents=True)
        self.assume("")
        # What is installed is not replaced, not even by a newer version.
        (root / "etc/beside").write_text("Package: *\nPin: release a=now\nPin-Priority: 1001\n")
        (root / "etc/sources.list").write_text(
            "".join(
                f"deb [signed-by={keyring}] {self._mirrors[archive]} {suite.partition(' ')[0]} main\n"
                for archive, suites in archives.items()
                for suite in suites
                if suite.partition(" ")[2] in ("", f"[arch={architecture}]")
            )
        )
        (root / "apt.conf").write_text(
            f'''Dir "{root}/";
Dir::State "{root}"; Dir::State::status "{root}/status"; Dir::Cache "{root}/cache"; Dir::Etc "{root}/etc";
Dir::Etc::sourceparts "-"; Dir::Etc::trusted "-"; Dir::Etc::trustedparts "-";
APT::Architecture "{architecture}"; APT::Architectures "{architecture}";
APT::Install-Recommends "false"; APT::Sandbox::User "root"; APT::Get::Assume-Yes "true";
Acquire::Languages "none"; Acquire::ForceHash "SHA256"; Acquire::Check-Valid-Until "false";
APT::Update::Error-Mode "any";
#clear Acquire::IndexTargets::deb::DEP-11;
'''
        )
        self._names: set[str] | None = None
        self._run("update", fix=CHECK)

    def install(self, packages: Iterable[str], fix: str) -> list[Package]:
        """The files that installing these packages takes, dependencies and newer versions of what is there included.

        Raises UpdateError, which ends in `fix`, where apt can't.
        """
        return self._files(["install"], packages, fix)

    def assume(self, status: str) -> None:
        """Take these packages for installed: a status file of dpkg. At first there are none."""
        (self._root / "status").write_text(status)

    def install_beside(self, packages: Iterable[str], fix: str) -> list[Package]:
        """The files that installing these packages takes, while all that is installed stays as it is.

        Raises UpdateError, which ends in `fix`, where apt can't.
        """
        preferences = f"-oDir::Etc::Preferences={self._root}/etc/beside"
        return self._files(["install", "--no-remove", preferences], packages, fix)

    def names(self) -> list[str]:
        """All packages that the archives have."""
        return self._run("pkgnames", program="apt-cache", fix=CHECK).split()

    def knows(self, name: str) -> bool:
        """Whether there is a package of this very name, or one that provides it."""
        if self._names is None:
            self._names = set(self._run("pkgnames", "--all-names", program="apt-cache", fix=CHECK).split())
        return name in self._names

    def show(self, packages: Iterable[str]) -> list[dict[str, str]]:
        """What the archives say of these packages, a paragraph for each version. Those that they lack are left out."""
        names = [name for name in packages if self.knows(name)]
        text = self._run("show", "--", *names, program="apt-cache", fix=CHECK) if names else ""
        found = [dict(_FIELD.findall(paragraph)) for paragraph in text.split("\n\n")]
        return [paragraph for paragraph in found if paragraph.get("Package") in names and "Version" in paragraph]

    def download(self, packages: Iterable[str], fix: str) -> list[Package]:
        """The files of exactly these packages. Raises UpdateError, which ends in `fix`, where apt can't."""
        return self._files(["download"], packages, fix)

    def released(self) -> int:
        """The newest date of the archives' Release files, in seconds since 1970."""
        dates = [
            date
            for release in self._root.glob("lists/*Release")
            for date in re.findall("^Date: (.*)$", release.read_text(errors="replace"), re.MULTILINE)
        ]
        try:
            return max(int(parsedate_to_datetime(date).timestamp()) for date in dates)
        except (ValueError, TypeError, OverflowError):
            raise UpdateError("apt: the archives have no Release file with a date; name another mirror") from None

    def _files(self, command: list[str], packages: Iterable[str], fix: str) -> list[Package]:
        output = self._run(*command, "--print-uris", "--", *packages, fix=fix)
        found = []
        for uri, name, version, architecture, size, sha256 in _FILE.findall(output):
            archive = self._archive_of(uri)
            package = Package(
                name=unquote(name),
                version=unquote(version),
                architecture=architecture,
                archive=archive,
                path=unquote(uri.removeprefix(f"{self._mirrors[archive]}/")),
                sha256=sha256,
                size=int(size),
            )
            if not has_form(package):
                raise UpdateError(f"apt: {uri}: {name} {version} has no name, version or path of a package; {fix}")
            found.append(package)
        return sorted(found, key=lambda package: package["name"])

    def _archive_of(self, uri: str) -> str:
        for archive, url in self._mirrors.items():
            if uri.startswith(f"{url}/"):
                return archive
        raise UpdateError(f"apt: {uri}: on none of the mirrors as they were named; name them by --debian-mirror URL")

    def _run(self, *arguments: str, fix: str, program: str = "apt-get") -> str:
        environment = os.environ | {"APT_CONFIG": str(self._root / "apt.conf"), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(
                [program, "-q", *arguments],
                env=environment,
                encoding="utf-8",
                errors="replace",
                capture_output=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise UpdateError(f"apt for {self._architecture}: not done within {SECONDS} seconds; {fix}") from None
        if done.returncode:
            reasons = [
                *_ERROR.findall(done.stderr)[:1],
                *(_REMOVED.findall(done.stdout) + _UNMET.findall(done.stdout))[:1],
            ]
            reason = ": ".join(" ".join(reason.split()).rstrip(".") for reason in reasons)
            raise UpdateError(f"apt for {self._architecture}: {reason or f'exit status {done.returncode}'}; {fix}")
        return done.stdout
