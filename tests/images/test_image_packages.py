"""The databases of dpkg and pip tell the truth: what is installed, in which version, with which files."""

import base64
import csv
import hashlib
import json
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from image_tree import Image

PINS = Path(__file__).parents[2] / "nix" / "pins"
# The layers of the pins that each variant is made of.
LAYERS = {"": ("base", "python", "tools"), "slim": ("base", "python"), "minimal": ("minimal",)}
INFO = "var/lib/dpkg/info/"


@pytest.fixture
def needs_dpkg(image: Image) -> None:
    if image.variant == "minimal":
        pytest.skip("minimal images have no dpkg")


def paragraphs(text: str) -> list[dict[str, str]]:
    """Control paragraphs as {field: value}, folded lines kept."""
    blocks = (re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", block, re.MULTILINE) for block in text.split("\n\n"))
    return [dict(block) for block in blocks if block]


def installed(image: Image) -> list[dict[str, str]]:
    if image.variant != "minimal":
        return paragraphs(image.text("var/lib/dpkg/status"))
    names = [
        path for path in image.files if path.startswith("var/lib/dpkg/status.d/") and not path.endswith(".md5sums")
    ]
    return [paragraph for path in names for paragraph in paragraphs(image.text(path))]


def pins_of(minor: str) -> Path:
    """The pins that name this version of Python."""
    (pins,) = (path for path in PINS.glob("*.toml") if tomllib.loads(path.read_text()).get("python") == minor)
    return pins


def test_the_packages_are_those_of_the_lock(image: Image) -> None:
    lock = json.loads(pins_of(image.minor).with_suffix(".lock.json").read_text())
    layers = lock["layers"][image.config["architecture"]]
    locked = [package for layer in LAYERS[image.variant] for package in layers[layer]]
    identity = ("name", "version", "architecture")
    assert sorted(
        (package["Package"], package["Version"], package["Architecture"]) for package in installed(image)
    ) == sorted(tuple(package[key] for key in identity) for package in locked)
    assert {package["Status"] for package in installed(image)} == {"install ok installed"}


@pytest.mark.usefixtures("needs_dpkg")
def test_apt_looks_into_the_suites_that_the_packages_are_from(image: Image) -> None:
    suite = tomllib.loads(pins_of(image.minor).read_text())["suite"]
    sources = [image.text(path) for path in image.files if re.match(r"etc/apt/sources\.list(\.d/.+)?$", path)]
    named = re.findall(r"(?<![\w/-])[a-z]+(?=-updates|-security)", "".join(sources))
    assert len(named) >= 2 and set(named) == {suite}


def left_out(image: Image, path: str) -> bool:
    """Whether dpkg's configuration in the image has packages installed without the file (dpkg(1), path-exclude)."""
    settings = image.text("etc/dpkg/dpkg.cfg.d/docker")
    excluded, included = (
        any(fnmatchcase(f"/{path}", pattern) for pattern in re.findall(rf"^path-{kind}=(.+)$", settings, re.MULTILINE))
        for kind in ("exclude", "include")
    )
    return excluded and not included


def place(image: Image, path: str) -> str:
    """Where the packaged file of this path stands: a diversion for all packages (dpkg-divert(1)) may say elsewhere."""
    diversions = "var/lib/dpkg/diversions"
    lines = image.text(diversions).splitlines() if diversions in image.files else []
    for diverted, aside, package in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        if (diverted, package) == (f"/{path}", ":"):
            return aside.lstrip("/")
    return path


@pytest.mark.usefixtures("needs_dpkg")
def test_every_listed_file_is_there(image: Image) -> None:
    lists = [path for path in image.files if path.startswith(INFO) and path.endswith(".list")]
    assert len(lists) == len(installed(image))
    for path in lists:
        listed = [place(image, line.lstrip("/").removeprefix(".")) for line in image.text(path).splitlines()]
        missing = [file for file in listed if file not in image.entries and image.resolve(file) is None]
        assert [file for file in missing if not left_out(image, file)] == [], path


# What minimal images leave out of their packages: documentation, and what lacks its libraries or its pip there.
LEFT_OUT = re.compile(
    r"usr/share/|usr/sbin/update-passwd|usr/lib/[^/]+/libmpdec\+\+\.so|usr/lib/python3[^/]+/EXTERNALLY-MANAGED"
)


def md5(image: Image, path: str) -> str:
    return hashlib.md5(image.content(path), usedforsecurity=False).hexdigest()


def test_files_have_the_sums_of_their_packages(image: Image) -> None:
    """What `dpkg --verify` looks at."""
    sums = [path for path in image.files if path.startswith("var/lib/dpkg/") and path.endswith(".md5sums")]
    assert sums
    for path in sums:
        for line in image.text(path).splitlines():
            digest, file = line.split(maxsplit=1)
            file = place(image, file)
            if image.resolve(file) is None:
                out = LEFT_OUT.match(file) if image.variant == "minimal" else left_out(image, file)
                assert out, f"{path}: {file}"
            else:
                assert md5(image, file) == digest, f"{path}: {file}"


@pytest.mark.usefixtures("needs_dpkg")
def test_settings_are_as_packages_brought_them(image: Image) -> None:
    """Else dpkg asks what to do with them at the next upgrade."""
    listed = [
        line.split() for package in installed(image) for line in package.get("Conffiles", "").splitlines() if line
    ]
    assert listed
    for path, digest, *flags in listed:
        # A package names with "remove-on-upgrade" what it had once, and no longer brings.
        assert flags == ["remove-on-upgrade"] or md5(image, path.lstrip("/")) == digest, path


def test_wheels_are_as_they_were_recorded(image: Image) -> None:
    site = f"usr/local/lib/python{image.minor}/site-packages"
    records = [path for path in image.files if re.fullmatch(rf"{re.escape(site)}/[^/]+\.dist-info/RECORD", path)]
    assert any("/fastapi-" in path for path in records)
    for record in records:
        for file, digest, _ in csv.reader(image.text(record).splitlines()):
            found = image.resolve(f"{site}/{file}")
            assert found is not None, f"{record}: {file}"
            if digest:
                algorithm, _, expected = digest.partition("=")
                actual = hashlib.new(algorithm, image.content(found)).digest()
                assert base64.urlsafe_b64encode(actual).rstrip(b"=").decode() == expected, f"{record}: {file}"


def test_libraries_of_wheels_have_no_symbols_for_debuggers(image: Image) -> None:
    site = f"usr/local/lib/python{image.minor}/site-packages/"
    libraries = [path for path in image.files if path.startswith(site) and path.endswith(".so")]
    assert any("/uvloop/" in path for path in libraries)
    assert [path for path in libraries if b"\0.debug_info\0" in bytes(image.content(path))] == []


def test_wheels_have_no_sources_of_their_modules(image: Image) -> None:
    site = f"usr/local/lib/python{image.minor}/site-packages/"
    stems = {path.partition(".cpython-")[0] for path in image.files if path.startswith(site) and path.endswith(".so")}
    assert [stem for stem in stems if {f"{stem}.c", f"{stem}.cpp", f"{stem}.pyx"} & image.files.keys()] == []
