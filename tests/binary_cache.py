"""Whether a machine that has a binary cache builds nothing: an image built here is fetched by an empty store.

    ./setup python3 tests/binary_cache.py [.#TARGET]

TARGET is built, copied to a binary cache, which is a folder, and then asked for in a store of its own that may build
nothing. Its output has to be the same there. Exit status 1 if it is not, or if something would have to be built.

Needs Python 3.9, Nix 2.8 and git; behind ./setup, what is missing comes first.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
from nix_closure import at, run
from private_store import PrivateStore


def nar_hash(target: str, *options: str) -> str:
    """The hash of the target's output in a store."""
    (path,) = run("nix", "path-info", *options, target)
    return run("nix-store", *options, "--query", "--hash", path)[0]


def main() -> int:
    """Does all that; gives the exit status."""
    parser = argparse.ArgumentParser(description="Whether a machine that has a binary cache builds nothing.")
    parser.add_argument("target", nargs="?", default=".#image-py39-minimal.oci")
    target = parser.parse_args().target
    run("nix", "build", "--no-link", target)
    with tempfile.TemporaryDirectory() as folder, PrivateStore([]) as store:
        # By default, files of a cache are compressed by xz, which takes minutes.
        cache = f"file://{folder}?compression=none"
        run("nix", "copy", "--to", cache, target)
        options = ("--substituters", cache, "--option", "require-sigs", "false", "--max-jobs", "0")
        run("nix", "build", "--no-link", *at(store), *options, target)
        same = nar_hash(target, *at(store)) == nar_hash(target)
    print(f"{'same    ' if same else 'DIFFERS '} {target} from a binary cache, with nothing built")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
