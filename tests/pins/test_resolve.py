"""apt resolves what pins ask for, from archives whose signatures hold."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lock import Lock
from made_up_archive import Archive, package
from pins_file import Layer, Pins
from resolve import resolve
from update_error import UpdateError

STABLE = [
    package("libc"),
    package("dash", essential="yes", pre_depends="libc"),
    package("netbase", recommends="perl"),
    package("libssl", "1:3.0~rc+1-2"),
    package("python", depends="libc, libssl, mime"),
    package("media-types", provides="mime"),
    package("gcc", depends="libc, binutils"),
    package("binutils"),
    package("perl"),
    package("python3.11"),
    package("broken", depends="libssl (>= 2:1)"),
]


@pytest.fixture
def stable(archive: Archive) -> Archive:
    archive.publish("stable", STABLE)
    return archive


def pins(archives: dict[str, list[str]], layers: dict[str, Layer]) -> Pins:
    return Pins(suite="stable", python=None, final=False, rolling=False, archives=archives, layers=layers, input="hash")


def lock(archive: Archive, keyring: Path, *architectures: str, **layers: Layer) -> Lock:
    asked = pins({"debian": ["stable"]}, layers)
    return resolve(asked, architectures or ["amd64"], {"debian": archive.url}, keyring)


def names(lock: Lock, architecture: str = "amd64") -> dict[str, list[str]]:
    return {name: [package["name"] for package in packages] for name, packages in lock.layers[architecture].items()}


def test_each_layer_holds_what_it_adds(stable: Archive, keyring: Path) -> None:
    resolved = lock(
        stable,
        keyring,
        base=Layer(["netbase"], essential=True),
        python=Layer(["python"], over="base"),
        tools=Layer(["gcc", "netbase"], over="python"),
        minimal=Layer(["python"], exact=True),
        more=Layer(["python", "perl"], over="minimal", exact=True),
    )
    assert names(resolved) == {
        "base": ["dash", "libc", "netbase"],
        "python": ["libssl", "media-types", "python"],
        "tools": ["binutils", "gcc"],
        "minimal": ["python"],
        "more": ["perl"],
    }
    assert resolved.input == "hash"


def test_a_package_that_is_named_twice_comes_once(stable: Archive, keyring: Path) -> None:
    assert names(lock(stable, keyring, one=Layer(["perl", "gcc", "perl"], exact=True))) == {"one": ["gcc", "perl"]}


def test_a_layer_is_resolved_with_those_below_it(archive: Archive, keyring: Path) -> None:
    """What stands below decides between alternatives."""
    archive.publish("stable", [package("awk", depends="gawk | mawk"), package("mawk"), package("gawk")])
    below = Layer(["mawk"])
    on_top = lock(archive, keyring, below=below, above=Layer(["awk"], over="below"))
    assert names(on_top) == {"below": ["mawk"], "above": ["awk"]}
    beside = lock(archive, keyring, below=below, above=Layer(["awk"]))
    assert names(beside) == {"below": ["mawk"], "above": ["awk", "gawk"]}


def test_where_each_file_is(stable: Archive, keyring: Path) -> None:
    stable.url += "/"
    file = "libssl_3.0~rc+1-2_all.deb"
    assert lock(stable, keyring, one=Layer(["libssl"])).layers["amd64"]["one"] == [
        {
            "name": "libssl",
            "version": "1:3.0~rc+1-2",
            "architecture": "all",
            "archive": "debian",
            "path": f"pool/main/l/libssl/{file}",
            "sha256": hashlib.sha256(file.encode()).hexdigest(),
            "size": len(file),
        }
    ]


def test_each_architecture_has_its_own_files(archive: Archive, keyring: Path) -> None:
    archive.publish(
        "stable",
        [
            package("libc", architecture="amd64"),
            package("libc", "2", architecture="arm64"),
            package("python", depends="libc"),
        ],
    )
    resolved = lock(archive, keyring, "arm64", "amd64", one=Layer(["python"]))
    assert {
        architecture: [(package["name"], package["version"], package["architecture"]) for package in layers["one"]]
        for architecture, layers in resolved.layers.items()
    } == {
        "arm64": [("libc", "2", "arm64"), ("python", "1", "all")],
        "amd64": [("libc", "1", "amd64"), ("python", "1", "all")],
    }


def test_a_suite_for_one_architecture_alone(archive: Archive, keyring: Path) -> None:
    archive.publish("stable", [package("libc")])
    archive.publish("newer", [package("libc", "2")])
    asked = pins({"debian": ["stable", "newer [arch=amd64]"]}, {"one": Layer(["libc"])})
    layers = resolve(asked, ["arm64", "amd64"], {"debian": archive.url}, keyring).layers
    versions = {architecture: found["one"][0]["version"] for architecture, found in layers.items()}
    assert versions == {"arm64": "1", "amd64": "2"}


def test_what_a_layer_has_on_one_architecture_alone(archive: Archive, keyring: Path) -> None:
    archive.publish(
        "stable",
        [
            package("libc", architecture="amd64"),
            package("libc", architecture="arm64"),
            package("grub", architecture="amd64", depends="libc"),
        ],
    )
    only = {"amd64": ["grub"]}
    resolved = lock(archive, keyring, "arm64", "amd64", one=Layer(["libc"], only=only), two=Layer([], only, "one"))
    assert names(resolved, "amd64") == {"one": ["grub", "libc"], "two": []}
    assert names(resolved, "arm64") == {"one": ["libc"], "two": []}
    with pytest.raises(UpdateError, match=r"apt for arm64: .*grub.*; mend layers.one of the pins file"):
        lock(archive, keyring, "arm64", one=Layer(["libc"], only={"arm64": ["grub"]}))


def test_the_newest_version_of_all_archives(stable: Archive, keyring: Path) -> None:
    security = Archive(stable.root.with_name("debian-security"), stable.signer)
    security.publish("stable-security", [package("libc", "1+fix")], date="Sun, 10 Aug 2025 10:00:00 UTC")
    both = {"debian": ["stable"], "debian-security": ["stable-security"]}
    mirrors = {"debian": stable.url, "debian-security": security.url}
    resolved = resolve(pins(both, {"one": Layer(["dash"])}), ["amd64"], mirrors, keyring)
    dash, libc = resolved.layers["amd64"]["one"]
    assert (dash["archive"], libc["archive"], libc["version"]) == ("debian", "debian-security", "1+fix")
    assert resolved.created == datetime.fromisoformat("2025-08-10T10:00:00Z").timestamp()


def test_the_order_of_the_archive_does_not_matter(stable: Archive, keyring: Path) -> None:
    layers = {"base": Layer(["netbase"], essential=True), "python": Layer(["python"], over="base")}
    first = lock(stable, keyring, **layers)
    stable.publish("stable", STABLE[::-1])
    assert lock(stable, keyring, **layers) == first


def break_signature(archive: Archive) -> None:
    inrelease = archive.release("stable").with_name("InRelease")
    inrelease.write_text(inrelease.read_text().replace("Origin: Made-up", "Origin: Another"))


def remove_signature(archive: Archive) -> None:
    archive.release("stable").with_name("InRelease").unlink()


def change_index(archive: Archive) -> None:
    index = archive.release("stable").with_name("main") / "binary-amd64" / "Packages"
    index.write_text(index.read_text().replace("Size: 1", "Size: 2"))


def remove_suite(archive: Archive) -> None:
    remove_signature(archive)
    archive.release("stable").unlink()


@pytest.mark.parametrize("spoil", [break_signature, remove_signature, change_index, remove_suite])
def test_a_spoilt_archive_is_refused(stable: Archive, keyring: Path, spoil: Any) -> None:
    spoil(stable)
    with pytest.raises(UpdateError, match=r"^apt for amd64: .*; .*--debian-mirror URL$"):
        lock(stable, keyring, one=Layer(["libc"]))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (Layer(["nope"]), "apt for amd64: .*nope.*; mend layers.one of the pins file"),
        (Layer(["nope"], exact=True), "apt for amd64: .*nope.*; mend layers.one of the pins file"),
        (
            Layer(["broken"]),
            r"apt for amd64: .*broken : Depends: libssl \(>= 2:1\).*; mend layers.one of the pins file",
        ),
        # apt has meanings of its own for these words.
        (Layer(["mime"]), "layers.one: apt chose other packages for mime; name those"),
        (Layer(["perl-", "libc"]), "layers.one: apt chose other packages for perl-; name those"),
        (Layer(["python3.1"]), "layers.one: apt chose other packages for python3.1; name those"),
    ],
)
def test_what_cannot_be_had(stable: Archive, keyring: Path, layer: Layer, reason: str) -> None:
    with pytest.raises(UpdateError, match=f"^{reason}$"):
        lock(stable, keyring, one=layer)


def test_the_machine_has_no_say(stable: Archive, keyring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own apt would take the sources of /etc/apt, its installed packages and its recommendations."""
    configuration = stable.root / "apt.conf"
    configuration.write_text('APT::Install-Recommends "true"; Dir::State::status "/nonexistent";')
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    assert names(lock(stable, keyring, one=Layer(["netbase"]))) == {"one": ["netbase"]}
