"""The Docker engine that the tests run on, driven by the `docker` command."""

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# How many times as long all may take as on a machine that does nothing else. An emulated machine needs more than 1.
SLOWNESS = float(os.environ.get("TEST_SLOWNESS", "1"))

DAEMON_START_SECONDS = 60


class EngineMissing(Exception):
    """No engine answers and none can be started; the message says what is missing."""


class CommandFailed(Exception):
    """A docker command ended with a status other than 0; the message holds its output."""


def docker(*args: str, timeout: float = 600) -> str:
    """What `docker ARGS` prints on stdout; the variables of the environment choose the engine.

    Raises CommandFailed with what it printed on stdout and stderr.
    """
    done = subprocess.run(["docker", *args], capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise CommandFailed(f"docker {' '.join(args)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def answers() -> bool:
    command = ["docker", "version", "--format", "{{.Server.Version}}"]
    return subprocess.run(command, capture_output=True).returncode == 0


def images_of(repository: str) -> list[str]:
    """The names of all images of that repository, sorted."""
    listing = docker("images", "--format", "{{.Repository}}:{{.Tag}}", repository)
    return sorted(listing.split())


def load(archive: Path) -> list[str]:
    """Load an image archive; the names of the images it held."""
    prefix = "Loaded image: "
    lines = docker("load", "--input", str(archive)).splitlines()
    return [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]


def choose_platform(image: str) -> None:
    """Let docker run images of this one's architecture, even if that is not the engine's own, without a warning.

    Raises EngineMissing if the engine's kernel does not emulate it.
    """
    architecture = docker("image", "inspect", "--format={{.Architecture}}", image).strip()
    if architecture == docker("version", "--format={{.Server.Arch}}").strip():
        return
    os.environ["DOCKER_DEFAULT_PLATFORM"] = f"linux/{architecture}"
    try:
        docker("run", "--rm", "--entrypoint=/bin/sh", image, "-c", "exit 0")
    except CommandFailed as failed:
        if "exec format error" not in str(failed):
            raise
        raise EngineMissing(
            f"{image} is for {architecture}, which is not emulated; docs/platforms.md says how"
        ) from None


def cpu_cores() -> int:
    """How many the engine may use."""
    return int(docker("info", "--format={{.NCPU}}"))


def env_options(env: Mapping[str, str | None]) -> list[str]:
    """The options of `docker run` that set these variables; one of None stays unset."""
    return [f"--env={name}={value}" for name, value in env.items() if value is not None]


@contextmanager
def name_to_remove() -> Iterator[str]:
    """A name for a container, which is removed afterwards whatever became of it."""
    name = f"container-test-{uuid.uuid4().hex}"
    try:
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", "--volumes", name], capture_output=True)


class PrivateDaemon:
    """A `dockerd` with a socket and a data folder of its own, which leave with it.

    It changes no firewall rule: ports are published by its proxy process.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dockerd-"))
        host = f"unix://{self.folder}/socket"
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [
                "dockerd",
                f"--host={host}",
                f"--data-root={self.folder}/data",
                f"--exec-root={self.folder}/exec",
                f"--pidfile={self.folder}/pid",
                "--iptables=false",
                "--ip6tables=false",
            ],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        os.environ["DOCKER_HOST"] = host
        deadline = time.monotonic() + DAEMON_START_SECONDS
        while not answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace").strip()
                self.stop()
                raise EngineMissing(f"dockerd does not start: {log.rpartition(chr(10))[2]}")
            time.sleep(0.2)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.log.close()
        os.environ.pop("DOCKER_HOST", None)
        shutil.rmtree(self.folder, ignore_errors=True)


def find() -> PrivateDaemon | None:
    """Make an engine answer: the one that does already (None), or else a private one.

    Raises EngineMissing.
    """
    if not shutil.which("docker"):
        raise EngineMissing("no docker command on PATH")
    if answers():
        return None
    if not shutil.which("dockerd"):
        raise EngineMissing("no Docker engine answers, and no dockerd on PATH to start one")
    if os.geteuid() != 0:
        raise EngineMissing("no Docker engine answers, and only root may start dockerd")
    return PrivateDaemon()
