"""What an image names in the store is in the image, with all that it needs; Nix builds for real."""

import re
import tarfile

import pytest

from nix_builds import Store

pytestmark = pytest.mark.slow

PACKAGES = """
let
  needed = program "needed" [ ];
  tool = program "tool" [ needed ];
  other = program "other" [ ];
"""


@pytest.mark.parametrize(
    "arguments",
    [
        'config.Cmd = [ "${tool}/bin/tool" ];',
        'config.Env = [ "PATH=${tool}/bin:/bin" ];',
        'config.Labels.of = "${tool}";',
        'contents = package "scripts" "mkdir $out; echo exec ${tool}/bin/tool > $out/run";',
        'contents = package "scripts" "mkdir -p $out/bin; ln -s ${tool}/bin/tool $out/bin/t";',
        'contents = package "environment" "mkdir $out; ln -s ${tool}/bin $out/bin";',
        'contents = mkTreeLayer { name = "links"; trees = [ ]; links."bin/t" = "${tool}/bin/tool"; };',
        'extraCommands = "mkdir -p bin; ln -s ${tool}/bin/tool bin/t";',
        'fakeRootCommands = "echo ${tool}/bin/tool > run; chmod +x run";',
    ],
)
@pytest.mark.parametrize("base", ["null", 'buildImage { name = "base"; copyToRoot = other; }'])
def test_the_closure_is_in_the_image(store: Store, arguments: str, base: str) -> None:
    image = store.image(f'{PACKAGES} in buildLayeredImage {{ name = "a"; fromImage = {base}; {arguments} }}')
    assert image.store_paths() == {"tool", "needed"}
    programs = [name for name in image.tree if name.endswith(("tool/bin/tool", "needed/bin/needed"))]
    assert [image.content[name] for name in sorted(programs, key=len)] == [
        b"#!/bin/sh\necho tool\n",
        b"#!/bin/sh\necho needed\n",
    ]
    assert image.history.count("store paths") == 1


def test_a_link_leads_to_the_program(store: Store) -> None:
    link = 'mkTreeLayer { name = "links"; trees = [ ]; links."bin/t" = "${tool}/bin/tool"; }'
    image = store.image(f'{PACKAGES} in streamLayeredImage {{ name = "a"; contents = [ ({link}) tool ]; }}')
    assert image.read("bin/t") == image.read("bin/tool") == b"#!/bin/sh\necho tool\n"


def test_contents_that_need_nothing_are_only_at_the_root(store: Store) -> None:
    image = store.image(
        f'{PACKAGES} in buildLayeredImage {{ name = "a"; contents = [ needed ]; config.Cmd = [ "x" ]; }}'
    )
    assert (image.store_paths(), image.history) == (set(), ["needed"])
    image = store.image(f'{PACKAGES} in buildLayeredImage {{ name = "a"; contents = [ tool ]; }}')
    assert (image.store_paths(), image.history) == ({"needed"}, ["store paths", "tool"])


@pytest.mark.parametrize("function", ["buildLayeredImage", "buildImage"])
def test_contents_that_refer_to_themselves_are_links(store: Store, function: str) -> None:
    """As such a package finds its other files by its store path, or from where its program is."""
    script = "mkdir -p $out/bin $out/share; echo $out/share > $out/bin/me; echo x > $out/share/x; ln -s me $out/bin/too"
    packages = f'let itself = package "itself" "{script}"; in'
    image = store.image(f'{packages} {function} {{ name = "a"; contents = [ itself ]; }}')
    assert image.store_paths() == {"itself"}
    assert image.resolve("bin/me") == image.resolve("bin/too")
    assert image.resolve("bin/me").endswith("-itself/bin/me")
    assert image.read("share/x") == b"x\n"
    # What is in one folder of it, too.
    image = store.image(f'{packages} {function} {{ name = "a"; contents = [ "${{itself}}/share" ]; }}')
    assert image.resolve("x").endswith("-itself/share/x")


def test_the_same_file_of_two_contents(store: Store) -> None:
    script = "mkdir -p $out/etc; echo x > $out/etc/x"
    one, two = f'(package "one" "{script}")', f'(package "two" "{script}; echo $out > $out/two")'
    for order in (f"{one} {two}", f"{two} {one}"):
        image = store.image(f'buildImage {{ name = "a"; copyToRoot = [ {order} ]; }}')
        assert image.read("etc/x") == b"x\n"


def test_without_store_paths(store: Store) -> None:
    arguments = 'name = "a"; contents = tool; config.Cmd = [ "${tool}/bin/tool" ]; includeStorePaths = false;'
    image = store.image(f"{PACKAGES} in buildLayeredImage {{ {arguments} }}")
    assert (image.store_paths(), image.history) == (set(), ["tool"])


def test_what_the_base_has_is_not_there_twice(store: Store) -> None:
    base = 'buildLayeredImage { name = "base"; config.Cmd = [ "${needed}/bin/needed" ]; }'
    image = store.image(
        f'{PACKAGES} in buildLayeredImage {{ name = "a"; fromImage = {base}; config.Cmd = [ "${{tool}}/bin/tool" ]; }}'
    )
    assert image.store_paths() == {"tool", "needed"}
    assert all("-needed" not in name for name in _names(image.layers[1]["path"]))


def _names(path: str) -> list[str]:
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_modes_owners_and_times_of_the_store(store: Store) -> None:
    image = store.image(
        f'{PACKAGES} in buildLayeredImage {{ name = "a"; config.Cmd = [ "${{tool}}" ]; uid = 7; gid = 8; }}'
    )
    found = {re.sub(".*/store", "store", name): member for name, member in image.tree.items()}
    modes = {re.sub("/[a-z0-9]{32}-", "/", name): f"{member.mode:o}" for name, member in found.items()}
    assert modes["store"] == "755"
    assert {modes[f"store/tool{name}"] for name in ("", "/bin", "/bin/tool")} == {"555"}
    assert modes["store/tool/share/needs"] == "444"
    assert {(member.uid, member.gid, member.mtime) for member in found.values()} == {(7, 8, 1)}


@pytest.mark.parametrize("part", ["metadata", "layers"])
def test_the_same_again(store: Store, part: str) -> None:
    call = 'buildLayeredImage { name = "a"; contents = tool; extraCommands = "pwd > here; touch b a"; }'
    chosen = f"({PACKAGES} in {call}).{part}"
    built = store.build(chosen if part == "metadata" else f"builtins.head {chosen}")
    deriver = store.nix("nix-store", "-q", "--deriver", str(built)).stdout.strip()
    done = store.nix("nix-store", "--realise", "--check", "-Q", deriver)
    assert done.returncode == 0, done.stderr
