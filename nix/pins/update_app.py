"""Resolve the Debian packages that the images of an app add into its lock. Run by the script `update`."""

import argparse
import json
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import additions
import additions_lock
import changes
from additions import Request
from additions_lock import Images
from private_apt import find_keyring
from update import fail, fail_to_use
from update_error import UpdateError

LOCK = Path("debian.lock.json")


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed arguments; their form is between the script `update` and this program."""
    parser = argparse.ArgumentParser(prog="update", allow_abbrev=False)
    parser.add_argument("--mirror", nargs=2, action="append", required=True, metavar=("ARCHIVE", "URL"))
    parser.add_argument(
        "requests", type=Path, help="a JSON object: what each package of the flake asks for, by its name"
    )
    return parser.parse_args(arguments)


def read_requests(path: Path) -> dict[str, Request]:
    """What each image of the app asks for, by its name in the flake. Raises UpdateError, OSError."""
    requests = {}
    for name, value in json.loads(path.read_bytes()).items():
        try:
            requests[name] = additions.read(value)
        except ValueError:
            problem = "its `debian` is not what mkAppImage makes; leave that attribute to it"
            raise UpdateError(f"flake.nix: package {name}: {problem}") from None
    return requests


def flaw(old: Images | None, requests: Iterable[Request]) -> str:
    """Why the old lock can't stay, whatever apt says; empty if it can."""
    wanted = {request.key: request.input for request in requests}
    if old is None:
        return "it was edited by hand" if LOCK.exists() else "there was none"
    if old.keys() != wanted.keys():
        return "the flake asks for something else now"
    if any(old[key]["input"] != wanted[key] for key in wanted):
        return "the packages of the images are others now"
    return ""


def update(requests: dict[str, Request], mirrors: dict[str, str]) -> list[str]:
    """Write the lock if anything differs. Returns lines that say what changed. Raises UpdateError, OSError."""
    if not requests:
        return ["nothing to resolve, since no image of this flake names Debian packages"]
    old = additions_lock.read(LOCK)
    reason = flaw(old, requests.values())
    new = additions.resolve(requests.values(), mirrors, find_keyring())
    differences = described(old, new)
    if not differences and not reason:
        return ["nothing changed"]
    git = [] if LOCK.exists() else [f"git add {LOCK}, since Nix sees only what git tracks"]
    additions_lock.write(LOCK, new)
    heading = f"the lock is written anew, since {reason}" if reason else "changed"
    return [heading, *differences, *git, f"rebuild: nix run .#fetch && {build(requests)}"]


def described(old: Images | None, new: Images) -> list[str]:
    """What differs between the packages of two locks; how many there are, if there was none to compare them with."""
    layers = additions_lock.layers(new)
    if old is not None:
        return changes.describe(additions_lock.layers(additions_lock.renamed(old, new)), layers)
    return [
        f"{key} ({architecture}): {len(packages)} packages, {sum(package['size'] for package in packages) / 1e6:.1f} MB"
        for architecture, images in layers.items()
        for key, packages in images.items()
    ]


def build(requests: dict[str, Request]) -> str:
    """The command that builds the images, each once though it may have several names."""
    names: dict[str, str] = {}
    for name in sorted(requests, key=lambda name: (name != "default", name)):
        names.setdefault(requests[name].key, name)
    chosen = list(names.values())
    return " ".join(["nix build", *(f".#{name}" for name in chosen if chosen != ["default"])])


def main(arguments: Sequence[str]) -> int:
    """Run the program; its exit status."""
    chosen = options(arguments)
    # As an exception, it ends apt and removes the temporary folder.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        lines = update(read_requests(chosen.requests), dict(chosen.mirror))
        print(f"{LOCK}:", "\n  ".join(lines))
    except UpdateError as error:
        return fail(str(error))
    except OSError as error:
        return fail_to_use("", error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
