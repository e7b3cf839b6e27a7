"""Registries, by the programs that know them: skopeo sends images, oras what refers to them, cosign signs.

TOOLS names the folder of these programs. Their credentials are those that Docker, Podman and oras keep.
"""

import getpass
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from child_environment import environment
from descriptor import is_digest
from oci_layout import full_name
from reference_grammar import HOST, REPOSITORY, TAG
from ship_error import ShipError

# What the programs say when a registry refuses, and the fix.
_FIXES = (
    (r"unauthorized|denied|authentication|credentials|forbidden|\b40[13]\b", "log in with: docker login {host}"),
    (r"server gave HTTP response to HTTPS", "for a registry without TLS, add --plain-http"),
    (r"certificate", "let SSL_CERT_FILE name the file of the authority that the registry is certified by"),
    (r"no such host|connection refused|timeout|no route", "check the name, and whether the registry runs"),
    (r"not found|\b404\b", "check the name"),
)
_AGAIN = "mend that, and run this again: what has arrived stays there"


@dataclass(frozen=True)
class Reference:
    """HOST/REPOSITORY, with a tag or a digest."""

    host: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read HOST/NAME, HOST/NAME:TAG or HOST/NAME@sha256:…; a name of two parts without a host is one of Docker Hub.

        Raises ShipError for what is none.

        Example: Reference.parse("team/app:1") == Reference("docker.io", "team/app", tag="1")
        """
        rest, at, digest = text.partition("@")
        colon = re.search(r":([^/:]*)\Z", rest)
        tag = colon[1] if colon else None
        host, _, repository = full_name(rest[: colon.start()] if colon else rest).partition("/")
        if "/" not in rest or not (re.fullmatch(HOST, host) and re.fullmatch(REPOSITORY, repository)):
            raise ShipError(f"{text}: is no image; write REGISTRY/NAME:TAG, with a name in lower case")
        if tag is not None:
            check_tag(tag)
        if at and not is_digest(digest):
            raise ShipError(f"{text}: {digest} is no digest: sha256: and 64 hexadecimal digits")
        return cls(host, repository, tag, digest or None)

    def at(self, digest: str) -> "Reference":
        """The same repository's manifest or blob of this digest."""
        return replace(self, tag=None, digest=digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.repository}{tag}{digest}"

    @property
    def is_local(self) -> bool:
        """Whether the registry is on this machine, as far as its name says. Such a one needs no TLS."""
        name = re.sub(r":\d+\Z", "", self.host).strip("[]")
        try:
            return name == "localhost" or ipaddress.ip_address(name).is_loopback
        except ValueError:
            return False


def check_tag(tag: str) -> None:
    """Raise ShipError if a registry would refuse the tag."""
    if not re.fullmatch(TAG, tag):
        raise ShipError(f"{tag}: is no tag; write at most 128 letters, digits, dots, hyphens and underscores")


class Registry:
    """The registry of a reference, without TLS if `plain_http` says so or it is on this machine.

    Its methods raise ShipError.
    """

    def __init__(self, reference: Reference, plain_http: bool = False) -> None:
        self._host = reference.host
        self._plain_http = plain_http or reference.is_local

    def copy_image(self, layout: Path, tag: str, target: Reference) -> None:
        """Send the image or index of this tag in an OCI image layout. `target` has its digest.

        Blobs that the registry has are not sent; those that skopeo knows to be in another repository are mounted.
        """
        self._run(
            "skopeo",
            *("--insecure-policy", "copy", "--all", "--preserve-digests", "--retry-times=2"),
            *(() if sys.stderr.isatty() else ("--quiet",)),
            *(("--dest-tls-verify=false",) if self._plain_http else ()),
            f"oci:{layout}:{tag}",
            f"docker://{target}",
        )

    def copy_referrer(self, layout: Path, target: Reference) -> None:
        """Send the manifest with the digest of `target`, whose subject the registry has, with its blobs.

        Where the registry has no API of referrers, oras keeps the list of them under a tag.
        """
        options = ("--to-plain-http",) if self._plain_http else ()
        self._run("oras", "cp", *options, "--from-oci-layout", f"{layout}@{target.digest}", str(target))

    def tag(self, source: Reference, tags: list[str]) -> None:
        self._run("oras", "tag", *self._oras, str(source), *tags)

    def manifest(self, source: Reference) -> bytes:
        """The manifest or index as the registry has it."""
        return self._run("oras", "manifest", "fetch", *self._oras, str(source))

    def has(self, source: Reference) -> bool:
        """Whether the registry has a manifest of this reference."""
        try:
            return bool(self._run("oras", "manifest", "fetch", "--descriptor", *self._oras, str(source)))
        except ShipError:
            return False

    def blob(self, source: Reference, file: Path) -> None:
        """Write a blob to a file as the registry has it, even if it has not the digest by which it is asked for."""
        try:
            self._run("oras", "blob", "fetch", *self._oras, "--output", str(file), str(source))
        except ShipError as error:
            # By then, all of it is in the file.
            if "mismatched digest" not in str(error):
                raise

    def sign(self, key: str, images: list[Reference]) -> None:
        """Sign these, and the images for each platform that they hold, with a key of cosign.

        The password of a key in a file is asked for on the terminal, if COSIGN_PASSWORD does not say it.
        """
        if Path(key).is_file() and "COSIGN_PASSWORD" not in os.environ and sys.stdin.isatty():
            os.environ["COSIGN_PASSWORD"] = getpass.getpass(f"push: password of {key}: ")
        options = ("--recursive", "--yes", "--tlog-upload=false", "--key", key)
        self._run("cosign", "sign", *options, *self._cosign, *map(str, images))

    def verify_signature(self, key: str, image: Reference) -> None:
        options = ("--insecure-ignore-tlog=true", "--key", key)
        self._run("cosign", "verify", *options, *self._cosign, str(image))

    @property
    def _oras(self) -> tuple[str, ...]:
        return ("--plain-http",) if self._plain_http else ()

    @property
    def _cosign(self) -> tuple[str, ...]:
        return ("--allow-http-registry",) if self._plain_http else ()

    def _run(self, program: str, *arguments: str) -> bytes:
        """What a program writes to its output. Its progress and what it asks go to the terminal."""
        shows = program == "skopeo" and sys.stderr.isatty()
        with credentials(self._host) as variables:
            done = subprocess.run(
                [f"{os.environ['TOOLS']}/bin/{program}", *arguments],
                env=variables,
                stdout=sys.stderr if shows else subprocess.PIPE,
                stderr=subprocess.PIPE,
                check=False,
            )
        if done.returncode:
            raise ShipError(self._with_fix(complaint(done.stderr.decode(errors="replace"))))
        return done.stdout or b""

    def _with_fix(self, reason: str) -> str:
        fixes = (fix for pattern, fix in _FIXES if re.search(pattern, reason, re.IGNORECASE))
        return f"{reason}; {next(fixes, _AGAIN).format(host=self._host)}"


def complaint(said: str) -> str:
    """The last line of what a program said before it failed, without what stands around the reason."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    line = lines[-1] if lines else "it failed without a word"
    if logged := re.search(r'level=(?:fatal|error) msg=("(?:[^"\\]|\\.)*"|\S+)', line):
        line = logged[1]
        if line.startswith('"'):
            line = json.loads(re.sub(r"\\(?![\"\\/bfnrtu])", r"\\\\", line))
    return re.sub(
        r"^(?:(?:[Ee]rror|main\.go:\d+|Error response from registry|error during command execution): *)+", "", line
    )


@contextmanager
def credentials(host: str) -> Iterator[dict[str, str]]:
    """The environment in which all programs find the login to a registry, whoever of Docker and Podman keeps it."""
    kept = next((file for file in _auth_files() if _knows(file, host)), None)
    if kept is None:
        yield environment()
        return
    with tempfile.TemporaryDirectory() as folder:
        # This is how Docker calls it, and with it oras and cosign.
        Path(folder, "config.json").symlink_to(kept.absolute())
        yield environment() | {"DOCKER_CONFIG": folder, "REGISTRY_AUTH_FILE": str(kept)}


def _auth_files() -> list[Path]:
    """Where logins are kept: containers-auth.json(5), and Docker's own config.json."""
    home = os.environ.get("HOME", "/")
    names = [
        os.environ.get("REGISTRY_AUTH_FILE"),
        os.environ.get("DOCKER_CONFIG") and f"{os.environ['DOCKER_CONFIG']}/config.json",
        f"{home}/.docker/config.json",
        os.environ.get("XDG_RUNTIME_DIR") and f"{os.environ['XDG_RUNTIME_DIR']}/containers/auth.json",
        f"{os.environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/containers/auth.json",
    ]
    return [Path(name) for name in names if name]


def _knows(file: Path, host: str) -> bool:
    """Whether a login to the registry is in the file, or known to a helper that the file names for it."""
    try:
        kept = json.loads(file.read_bytes())
        logins = {
            re.sub(r"^https?://|/v1/?$", "", name) for key in ("auths", "credHelpers") for name in kept.get(key) or {}
        }
    except (OSError, ValueError, AttributeError):
        return False
    hosts = {host, "index.docker.io"} if host == "docker.io" else {host}
    return bool(kept.get("credsStore") or any(login.partition("/")[0] in hosts for login in logins))
