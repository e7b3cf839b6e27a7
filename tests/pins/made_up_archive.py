"""A Debian archive of made-up packages: the indices that apt reads; nothing opens the packages themselves."""

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

MAINTAINER = "Nobody <nobody@invalid>"
ARCHITECTURES = ("amd64", "arm64")


class Outcome(NamedTuple):
    """How a run of `update` ended: its exit status, and the lines that it printed to stdout and to stderr."""

    status: int
    lines: list[str]
    errors: list[str]


# Runs `update` with these arguments; keywords are the mirrors of archives.
Update = Callable[..., Outcome]


class Signer:
    """A key of its own, made for the tests."""

    def __init__(self, home: Path) -> None:
        self._home = home
        home.mkdir(mode=0o700)
        self._gpg("--passphrase", "", "--quick-generate-key", MAINTAINER, "default", "sign", "never")

    def _gpg(self, *arguments: str) -> None:
        subprocess.run(
            ["gpg", "--homedir", str(self._home), "--batch", "--quiet", *arguments],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def export(self, keyring: Path) -> None:
        self._gpg("--yes", "--output", str(keyring), "--export")

    def sign(self, release: Path) -> None:
        """Write InRelease, the Release file with its signature, beside it."""
        self._gpg("--yes", "--output", str(release.with_name("InRelease")), "--clear-sign", str(release))

    def close(self) -> None:
        """End the agent that gpg has started."""
        subprocess.run(["gpgconf", "--homedir", str(self._home), "--kill", "gpg-agent"], check=True, timeout=60)


def package(name: str, version: str = "1", **fields: str) -> dict[str, str]:
    """A paragraph of Packages; in `fields`, pre_depends stands for Pre-Depends."""
    file = f"{name}_{version.partition(':')[2] or version}_{fields.get('architecture', 'all')}.deb"
    given = {key.replace("_", "-").title(): value for key, value in fields.items()}
    return {
        "Package": name,
        "Version": version,
        "Architecture": "all",
        "Maintainer": MAINTAINER,
        "Filename": f"pool/main/{name[0]}/{name}/{file}",
        "Size": str(len(file)),
        "SHA256": hashlib.sha256(file.encode()).hexdigest(),
        "Description": name,
    } | given


class Archive:
    """The archive in the folder `root`, of which `url` is a mirror."""

    def __init__(self, root: Path, signer: Signer) -> None:
        self.root = root
        self.url = f"file://{root}"
        self.signer = signer

    def release(self, suite: str) -> Path:
        return self.root / "dists" / suite / "Release"

    def publish(
        self, suite: str, packages: Sequence[dict[str, str]], date: str = "Sat, 09 Aug 2025 10:00:00 UTC"
    ) -> None:
        """Write and sign the indices of a suite."""
        release = self.release(suite)
        fields = {"Origin": "Made-up", "Suite": suite, "Codename": suite, "Date": date, "Components": "main"}
        fields |= {"Architectures": " ".join(("all", *ARCHITECTURES)), "SHA256": ""}
        for architecture in ARCHITECTURES:
            index = release.with_name("main") / f"binary-{architecture}" / "Packages"
            index.parent.mkdir(parents=True, exist_ok=True)
            paragraphs = [
                "".join(f"{key}: {value}\n" for key, value in package.items())
                for package in packages
                if package["Architecture"] in ("all", architecture)
            ]
            content = "\n".join(paragraphs).encode()
            index.write_bytes(content)
            path = index.relative_to(release.parent)
            fields["SHA256"] += f"\n {hashlib.sha256(content).hexdigest()} {len(content)} {path}"
        release.write_text("".join(f"{key}: {value}\n" for key, value in fields.items()))
        self.signer.sign(release)
