"""What contents, commands and maxLayers make of an image; Nix builds for real."""

import json
import re
import shutil
from pathlib import Path

import pytest

from nix_builds import Store
from read_archive import files_of

pytestmark = pytest.mark.slow

# An image like Debian's, where /bin and /lib are links, made by these functions and by an engine.
PACKAGES = """
let
  debian = package "debian" ''
    mkdir -p $out/usr/bin $out/usr/lib $out/etc
    echo sh > $out/usr/bin/sh; echo libc > $out/usr/lib/libc
    ln -s usr/bin $out/bin; ln -s usr/lib $out/lib; ln -s /usr/lib $out/lib64
  '';
  base = buildImage { name = "base"; copyToRoot = debian; };
  tree = package "tree" "mkdir -p $out/bin $out/lib $out/lib64; echo x | tee $out/bin/x $out/lib/x > $out/lib64/y";
  environment = package "environment" "mkdir -p $out/lib; ln -s ${tree}/bin $out/bin; echo x > $out/lib/x";
  part = name: { path = "${tree}/${name}"; prefix = name; };
  parts = mkTreeLayer { name = "parts"; trees = map part [ "bin" "lib" ]; };
"""


@pytest.mark.parametrize("base", ["base", "foreign"])
@pytest.mark.parametrize(
    "call",
    [
        'buildLayeredImage { name = "a"; fromImage = BASE; contents = tree; }',
        'buildLayeredImage { name = "a"; fromImage = BASE; contents = [ environment ]; }',
        'buildLayeredImage { name = "a"; fromImage = BASE; contents = [ [ null tree ] environment null ]; }',
        'buildImage { name = "a"; fromImage = BASE; copyToRoot = [ tree null ]; }',
        'buildImage { name = "a"; fromImage = BASE; contents = tree; extraCommands = "touch lib/more"; }',
        'buildLayeredImage { name = "a"; fromImage = BASE; contents = tree; extraCommands = "rm lib64/y"; }',
        'buildLayeredImage { name = "a"; contents = [ debian tree ]; }',
        'buildLayeredImage { name = "a"; fromImage = BASE; contents = parts; }',
    ],
)
def test_contents_follow_the_links_of_an_image(store: Store, tmp_path: Path, base: str, call: str) -> None:
    packages = PACKAGES
    if base == "foreign":
        shutil.copy(store.build(f"{PACKAGES} in base"), tmp_path / "base.tar")
        packages += f"  foreign = {tmp_path}/base.tar;\n"
    image = store.image(f"{packages} in {call.replace('BASE', base)}")
    assert image.read("bin/sh") == b"sh\n"
    assert image.read("lib/libc") == image.read("lib64/libc") == b"libc\n"
    assert image.read("bin/x") == image.read("lib/x") == b"x\n"
    assert all(image.tree[name].issym() for name in ("bin", "lib", "lib64"))


def test_commands_run_in_the_contents(store: Store) -> None:
    arguments = """
      name = "a";
      contents = [ tree (mkTreeLayer { name = "layer"; trees = [ { path = "${debian}/etc"; prefix = "etc"; } ]; }) ];
      extraCommands = ''
        mkdir -m 1777 tmp
        mv bin/x bin/z
        install -D -m 640 lib/x var/secret
      '';
      fakeRootCommands = ''
        chown -R 33:34 var
        mknod null c 1 3
        chmod u+s bin/z
      '';
    """
    image = store.image(f"{PACKAGES} in buildLayeredImage {{ {arguments} }}")
    assert image.history == ["layer", "a-customisation"]
    assert "bin/x" not in image.tree
    found = {name: f"{image.tree[name].mode:o}" for name in ("tmp", "bin/z", "var/secret", "etc")}
    assert found == {"tmp": "1777", "bin/z": "4644", "var/secret": "640", "etc": "755"}
    assert (image.tree["var/secret"].uid, image.tree["var"].gid, image.tree["lib/x"].uid) == (33, 34, 0)
    assert image.tree["null"].ischr()


@pytest.mark.parametrize("function", ["buildLayeredImage", "buildImage"])
def test_commands_alone_make_an_image(store: Store, function: str) -> None:
    image = store.image(f'{function} {{ name = "a"; extraCommands = "echo hello > motd"; }}')
    assert image.content == {"motd": b"hello\n"}


@pytest.mark.parametrize(("most", "history"), [(3, "a|b|c"), (2, "a, b|c"), (1, "a, b, c"), (100, "a|b|c")])
def test_more_layers_than_wanted_become_one(store: Store, most: int, history: str) -> None:
    trees = " ".join(
        f'(package "{name}" "mkdir -p $out/in; echo {name} | tee $out/all > $out/in/{name}")' for name in "abc"
    )
    image = store.image(f'buildLayeredImage {{ name = "a"; maxLayers = {most}; contents = [ {trees} ]; }}')
    assert "|".join(image.history) == history
    assert image.content == {"all": b"c\n", "in": b"", **{f"in/{name}": f"{name}\n".encode() for name in "abc"}}


def test_the_layers_of_the_base_count(store: Store) -> None:
    call = 'buildLayeredImage {{ name = "a"; fromImage = base; maxLayers = {}; contents = [ tree environment ]; }}'
    image = store.image(f"{PACKAGES} in {call.format(2)}")
    assert len(image.layers) == len(image.history) == 2
    done = store.run(f"{PACKAGES} in {call.format(1)}")
    assert "docker-tools: a: fromImage has as many layers as maxLayers allows; raise maxLayers" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('extraCommands = "false";', "layer: a-customisation: extraCommands: a command ended with status 1"),
        (
            'fakeRootCommands = "chown app .";',
            "layer: a-customisation: fakeRootCommands: a command ended with status 1",
        ),
        (
            'contents = package "p" "mkdir -p $out/etc; touch $out/etc/.wh.passwd";',
            "layer: .*etc/.wh.passwd: an engine",
        ),
        ("maxLayers = 0;", "docker-tools: a: maxLayers: 0 is not a whole number from 1 on"),
        ('uid = "app";', "docker-tools: a: uid: .app. is not a whole number"),
    ],
)
def test_what_is_refused_is_one_line(store: Store, arguments: str, message: str) -> None:
    done = store.run(f'(buildLayeredImage {{ name = "a"; {arguments} }}).metadata')
    assert done.returncode != 0
    assert re.search(message, done.stderr)
    assert "Traceback" not in done.stderr


def test_several_images_in_one_archive(store: Store, tmp_path: Path) -> None:
    packages = f'{PACKAGES} other = buildImage {{ name = "team/other"; tag = "2"; fromImage = base; }}; in mergeImages'
    archive = store.build(f"{packages} [ base other ]")
    files = files_of(archive.read_bytes())
    manifest = json.loads(files["manifest.json"])
    assert [image["RepoTags"][0].partition(":")[0] for image in manifest] == ["base", "team/other"]
    assert len(json.loads(files["index.json"])["manifests"]) == 2
    for image in manifest:
        assert {image["Config"], *image["Layers"]} <= files.keys()
    assert "base:" in store.run(f"{packages} [ base base ]").stderr
    # As a base image, it is no single one.
    shutil.copy(archive, tmp_path / "archive.tar")
    done = store.run(f'(buildImage {{ name = "a"; fromImage = {tmp_path}/archive.tar; }}).metadata')
    assert "holds 2 images for this platform" in done.stderr


def test_an_image_on_nothing(store: Store) -> None:
    names = 'fakeNss.override { extraPasswdLines = [ "app:x:7:7::/app:/bin/sh" ]; }'
    image = store.image(f'buildImage {{ name = "a"; copyToRoot = [ binSh usrBinEnv ({names}) ]; }}')
    assert image.resolve("bin/sh") == image.resolve("usr/bin/env") != "bin/sh"
    users = [line.split(":")[0] for line in image.read("etc/passwd").decode().splitlines()]
    assert users == ["root", "nobody", "app"]
    assert image.read("etc/group") and image.read("etc/nsswitch.conf")
    assert image.tree["var/empty"].isdir()
