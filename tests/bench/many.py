"""What the second to the last of many app images on one base cost: in time, and in bytes of Nix's store.

    ./setup python3 tests/bench/many.py [--images N]

The apps are those of templates/new, each with a line of its own. Of each image, all that `push` sends is built, for all
platforms. The first image is built before, so what the others share is there; their time is that of one `nix build`,
with the evaluation.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from nix_closure import CHECKOUT, current_system, run

TEMPLATE = CHECKOUT / "templates" / "new"
FLAKE = """\
{{
  inputs.images.url = "git+file://{checkout}";
  outputs = {{ self, images }}: {{
    packages.{system} = builtins.mapAttrs
      (name: _: images.lib.{system}.mkAppImage {{
        inherit name;
        src = ./apps + "/${{name}}";
        projectDir = ./.;
      }})
      (builtins.readDir ./apps);
  }};
}}
"""


def write_apps(folder: Path, count: int) -> list[str]:
    """A flake with so many apps; the targets that build their images."""
    names = [f"app-{number}" for number in range(count)]
    (folder / "flake.nix").write_text(FLAKE.format(checkout=CHECKOUT, system=current_system()))
    for name in ("pyproject.toml", "poetry.lock"):
        shutil.copy(TEMPLATE / name, folder)
    for name in names:
        shutil.copytree(TEMPLATE / "app", folder / "apps" / name / "app")
        main = folder / "apps" / name / "app" / "main.py"
        main.write_text(f"{main.read_text()}# {name}\n")
    return [f"path:{folder}#{name}.index.shipment" for name in names]


def build(targets: Sequence[str]) -> float:
    """The seconds that this took."""
    start = time.perf_counter()
    run("nix", "build", "--no-link", *targets)
    return time.perf_counter() - start


def closure_size(targets: Sequence[str]) -> int:
    """The bytes of all that these targets refer to."""
    return sum(int(line.split()[1]) for line in run("nix", "path-info", "--recursive", "--size", *targets))


def main() -> None:
    """Builds them, and prints what they cost."""
    parser = argparse.ArgumentParser(description="What many app images on one base cost.")
    parser.add_argument("--images", type=int, default=100, metavar="N", help="so many (100), at least 2")
    count = parser.parse_args().images
    if count < 2:
        parser.error("--images: at least 2")
    with tempfile.TemporaryDirectory() as folder:
        first, *others = write_apps(Path(folder), count)
        run(str(CHECKOUT / "nix/fetch/fetch"), first)
        build([first])
        size = closure_size([first])
        seconds = build(others)
        more = closure_size([first, *others]) - size
    print(f"the first image                {size / 1e6:8.1f} MB")
    print(f"each of the {len(others)} others        {more / 1e6 / len(others):8.2f} MB  {seconds / len(others):6.2f} s")


if __name__ == "__main__":
    main()
