"""Resolve pins files into their locks, and say what changed. Run by the script `update`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import changes
import lock
import pins_file
from lock import Lock
from pins_file import Pins
from private_apt import find_keyring
from resolve import resolve
from update_error import UpdateError


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """The parsed arguments; their form is between the script `update` and this program."""
    parser = argparse.ArgumentParser(prog="update", allow_abbrev=False)
    parser.add_argument("--architecture", action="append", required=True, help="a Debian architecture to resolve for")
    parser.add_argument("--mirror", nargs=2, action="append", required=True, metavar=("ARCHIVE", "URL"))
    parser.add_argument("--image", action="append", default=[], help="an image that there is")
    parser.add_argument("--skip-final", action="store_true", help="leave pins alone that are final and have their lock")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a pins file: nix/pins/NAME.toml")
    return parser.parse_args(arguments)


def flaw(old: Lock | None, path: Path, pins: Pins, architectures: Sequence[str]) -> str:
    """Why `old`, the lock read from `path`, can't stay, whatever apt says; empty if it can."""
    if old is None:
        return "it was edited by hand" if path.exists() else "there was none"
    if old.input != pins.input:
        return "the pins file asks for something else now"
    if set(old.layers) != set(architectures):
        return "the architectures are others now"
    return ""


def update(path: Path, chosen: argparse.Namespace, keyring: Path) -> list[str]:
    """Resolve one pins file, and write its lock if anything but the date differs. Returns lines that say what changed.

    Raises UpdateError, OSError.
    """
    mirrors = dict(chosen.mirror)
    pins = pins_file.read(path, mirrors)
    target = path.with_suffix(".lock.json")
    old = lock.read(target)
    reason = flaw(old, target, pins, chosen.architecture)
    if pins.final and chosen.skip_final and not reason:
        return ["skipped, since its archives are final; to resolve it all the same, name it"]

    new = resolve(pins, chosen.architecture, mirrors, keyring)
    differences = changes.describe(old.layers, new.layers) if old else []
    if not differences and not reason:
        return ["nothing changed"]
    lock.write(target, new)
    heading = f"the lock is written anew, since {reason}" if reason else "changed"
    return [heading, *differences, changes.rebuild(pins.python, chosen.image)]


def fail(message: str) -> int:
    """Tell the user what went wrong; the exit status."""
    print(f"update: {message}", file=sys.stderr)
    return 1


def fail_to_use(thing: str, error: OSError) -> int:
    """The same for a file that can't be used."""
    fix = "make sure that it can be read and written, and that there is space"
    return fail(f"{thing}{error.filename or 'a file'}: {error.strerror}; {fix}")


def update_all(chosen: argparse.Namespace, keyring: Path) -> int:
    """Update each pins file, whether or not others fail; the exit status."""
    status = 0
    for name in chosen.names:
        if sys.stderr.isatty():
            print(f"update: {name}: reading its archives", file=sys.stderr)
        try:
            lines = update(Path("nix/pins", f"{name}.toml"), chosen, keyring)
            print(f"{name}:", "\n  ".join(lines), flush=True)
        except UpdateError as error:
            status = fail(f"{name}: {error}")
        except OSError as error:
            status = fail_to_use(f"{name}: ", error)
    return status


def main(arguments: Sequence[str]) -> int:
    """Run the program; its exit status."""
    chosen = options(arguments)
    # As an exception, it ends apt and removes the temporary folder.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        return update_all(chosen, find_keyring())
    except UpdateError as error:
        return fail(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
