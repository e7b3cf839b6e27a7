"""How long a push of image-py313-slim takes, and how much it sends: to an empty registry, and after an edit of its app.

    ./setup python3 tests/bench/push.py [.#IMAGE]

The registry is Debian's, on this computer. Prints wall times of the program that pushes, and what has gone to the
registry; what was built before is not in it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nix_closure import CHECKOUT, copy_checkout, current_system, run

sys.path.insert(0, str(CHECKOUT / "tests" / "ship"))
from registry_server import Server, way

APP = "runtime/app/main.py"


def built(target: str, cwd: Path = CHECKOUT) -> str:
    """The store path of a target of the checkout in `cwd`, which is fetched and built."""
    run(str(CHECKOUT / "nix/fetch/fetch"), target, cwd=cwd)
    run("nix", "build", "--no-link", target, cwd=cwd)
    return run("nix", "path-info", target, cwd=cwd)[0]


@contextmanager
def registry() -> Iterator[Server]:
    """An empty one."""
    with tempfile.TemporaryDirectory() as folder:
        started = Server(Path(folder))
        try:
            yield started
        finally:
            started.kill()


def main() -> None:
    """Measures both, and prints the table."""
    parser = argparse.ArgumentParser(description="How long a push takes, and how much it sends.")
    parser.add_argument("image", nargs="?", default=".#image-py313-slim")
    target = f"{parser.parse_args().image}.index.shipment"

    ship = f".#legacyPackages.{current_system()}.ship"
    push = f"{built(f'{ship}.push')}/bin/push"
    os.environ["REGISTRY"] = f"{built(f'{ship}.registry')}/bin/docker-registry"
    with tempfile.TemporaryDirectory() as folder:
        edited = Path(folder, "edited")
        copy_checkout(edited)
        (edited / APP).write_text((edited / APP).read_text() + "# edited\n")
        shipments = {"to an empty registry": built(target), "after an edit of the app": built(target, edited)}
    print(f"{'':26}{'seconds':>8}{'MB sent':>9}")
    with registry() as server:
        for label, shipment in shipments.items():
            with way(server) as path:
                start = time.perf_counter()
                command = [push, f"--shipment={shipment}", f"{path.address}/bench:1"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                print(f"{label:26}{time.perf_counter() - start:8.2f}{path.received / 1e6:9.2f}")


if __name__ == "__main__":
    main()
