"""Whether the images of rolling pins can be had on this day.

    python3 tests/rolling.py [--minutes N] [ARGUMENT ...]

Debian testing changes every day, so what the locks in git name is soon gone from its mirrors. This does what a user
does instead: in a copy of the checkout, all pins with `rolling = true` are updated, their slim and minimal images are
fetched, built and looked into (tests/images), and containers of them are tested in a Docker engine: pytest gets the
arguments, `-m differs` where there are none. Exit status 1 if a step fails, or all of them take more than N minutes
(30). If the mirror itself cannot be reached, nothing is tested, which a line says, and the status is 0.

Needs Python 3.11, git and Docker, and what ./setup needs.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
from nix_closure import CHECKOUT, copy_checkout

VARIANTS = ("slim", "minimal")
# Debian's main archive as `fetch` and `update` find it, and the proxy for it.
FIND_MIRROR = """
here=nix/fetch mirrors=''
. nix/fetch/common.sh
. nix/fetch/mirrors.sh
find_mirrors
archive_urls debian | head -n 1
printf '%s\\n' "${http_proxy:-$deb_http_proxy}"
"""
ANSWER_SECONDS = 60


class Failed(Exception):
    """A step that failed, in one line."""


class Steps:
    """Commands in the checkout `folder`, which have so many seconds together."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._end = time.monotonic() + seconds

    def run(self, what: str, *command: str, **environment: str) -> str:
        """What a command prints on stdout; the rest goes to stderr. Raises Failed."""
        print(f"rolling: {what}", file=sys.stderr, flush=True)
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=max(1, self._end - time.monotonic()))
        except BaseException as error:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                raise Failed(f"{what}: there was not enough time; give more by --minutes") from None
            raise
        if process.returncode:
            raise Failed(f"{what}: exit status {process.returncode}; see above")
        return output


def rolling_pins() -> dict[str, str]:
    """The names of the rolling pins that images are made of, with their suites."""
    pins = {path.stem: tomllib.loads(path.read_text()) for path in sorted(CHECKOUT.glob("nix/pins/*.toml"))}
    return {name: pin["suite"] for name, pin in pins.items() if pin.get("rolling") and "python" in pin}


def test(steps: Steps, names: Sequence[str], arguments: Sequence[str]) -> None:
    """Update, build and test. Raises Failed."""
    set_ = f".#legacyPackages.{os.uname().machine}-linux"
    print(steps.run("update", "./setup", "nix", "run", ".#update", "--", *names), end="", flush=True)
    select = "with builtins; images: filter (name: images.${name}.rolling) (attrNames images)"
    rolling = json.loads(steps.run("list", "./setup", "nix", "eval", "--json", f"{set_}.images", "--apply", select))
    images = [name for name in rolling if name.endswith(VARIANTS)]
    for name in images:
        steps.run(f"build {name}", "./setup", "nix", "build", "-o", f"../{name}", f".#{name}")
    checks = [f"{set_}.checks.all.{name}" for name in images]
    steps.run("look into the images", "./setup", "nix", "build", "--no-link", "-L", *checks)
    archives = " ".join(f"../{name}" for name in images)
    pytest = ("./setup", "nix", "run", ".#pytest", "--", "tests/container", "--numprocesses", "4", *arguments)
    print(steps.run("test containers", *pytest, TEST_ARCHIVES=archives), end="", flush=True)


def mirror_problem(suites: Sequence[str]) -> str:
    """Why the mirror gives no word of a suite; "" if it does."""
    mirror, proxy = subprocess.run(
        ["sh", "-uc", FIND_MIRROR], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    handler = urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    opener = urllib.request.build_opener(handler)
    try:
        for suite in suites:
            opener.open(f"{mirror}dists/{suite}/InRelease", timeout=ANSWER_SECONDS).close()
    except OSError as error:
        return "" if isinstance(error, urllib.error.HTTPError) and error.code < 500 else str(error)
    return ""


def main() -> int:
    """Test the images; the exit status."""
    parser = argparse.ArgumentParser(description="Whether the images of rolling pins can be had on this day.")
    parser.add_argument("--minutes", type=float, default=30, help="how long all of it may take (%(default)s)")
    options, arguments = parser.parse_known_args()
    pins = rolling_pins()
    with tempfile.TemporaryDirectory(prefix="rolling-") as temporary:
        folder = Path(temporary, "checkout")
        copy_checkout(folder)
        try:
            test(Steps(folder, 60 * options.minutes), list(pins), arguments or ["-m", "differs"])
        except Failed as failure:
            if problem := mirror_problem(list(pins.values())):
                print(f"rolling: nothing is tested, since the mirror cannot be reached: {problem}")
                return 0
            print(f"rolling: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("rolling: stopped")
