"""Arguments of the Nix functions: what they take, and the one line for what they don't."""

import re

import pytest

from nix_functions import evaluate, needs_nix, value

pytestmark = needs_nix

FUNCTIONS = ("buildImage", "buildLayeredImage", "streamLayeredImage")


def refusal(call: str) -> str:
    """What the error says after the image's name, if there is one."""
    result = evaluate(call)
    assert result.returncode != 0
    lines = re.findall("error: (docker-tools: .*)", result.stderr)
    assert len(lines) == 1, result.stderr
    return str(lines[0].removeprefix("docker-tools: ").removeprefix("a: "))


def test_functions_tell_their_arguments() -> None:
    taken = {name: value(f"builtins.functionArgs {name}") for name in FUNCTIONS}
    for arguments in taken.values():
        assert [name for name, optional in arguments.items() if not optional] == ["name"]
        assert {"tag", "contents", "fromImage", "config", "created", "architecture", "passthru"} <= arguments.keys()
    layered, stream, single = (set(taken[name]) for name in ("buildLayeredImage", "streamLayeredImage", "buildImage"))
    assert {"maxLayers", "extraCommands", "uid"} <= layered & single
    assert layered - stream == {"compressor"} and not stream - layered
    assert {"copyToRoot", "fromImageName", "fromImageTag", "compressor"} <= single


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_unknown_arguments_are_named_at_once(function: str) -> None:
    line = refusal(f'{function} {{ name = "a"; runAsRoot = "true"; exposedPorts = [ 80 ]; includeNixDB = true; }}')
    named, _, advice = line.partition(" are not supported; ")
    assert named == "exposedPorts, includeNixDB, runAsRoot"
    assert "includeNixDB: an image has no database" in advice and "runAsRoot: nothing runs as root" in advice
    assert "leave exposedPorts out, there are architecture, " in advice


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            'buildLayeredImage { name = "a"; nam = "b"; }',
            "nam is not supported; leave it out, there are architecture, ",
        ),
        (
            'buildImage { name = "a"; runAsRoot = "x"; }',
            "runAsRoot is not supported; nothing runs as root while",
        ),
        ('streamLayeredImage { name = "a"; enableFakechroot = true; }', "enableFakechroot is not supported; write"),
        ('buildLayeredImage { name = "a"; copyToRoot = [ ]; }', "copyToRoot is not supported; use contents"),
        ('streamLayeredImage { name = "a"; compressor = "gz"; }', "compressor is not supported; pipe the stream"),
        ('buildImage { name = "a"; copyToRoot = ./.; contents = ./.; }', "contents is the old name of copyToRoot"),
        ('buildLayeredImage { name = "a"; extraCommands = [ "true" ]; }', "extraCommands: a list is not a string, the"),
        ('buildLayeredImage { name = "a"; includeStorePaths = null; }', "includeStorePaths: null is not true or false"),
        ('buildImage { name = "a"; copyToRoot = [ layer ]; }', "copyToRoot holds a layer; use buildLayeredImage"),
        ('buildImage { name = "a"; config = [ ]; }', "config: a list is not a set such as { Cmd = "),
        ('buildLayeredImage { name = "a"; config = "sh"; }', 'config: "sh" is not a set'),
        ('buildLayeredImage { name = "a"; tag = 1; }', 'tag: 1 is not a string such as "1.0"'),
        ('streamLayeredImage { name = "a"; tag = [ ]; }', "tag: a list is not a string"),
        ('buildLayeredImage { name = "a"; created = "now"; }', 'created: "now" is not a date such as "'),
        ('buildLayeredImage { name = "a"; created = null; }', "created: null is not a date"),
        ('buildImage { name = "a"; created = 1; }', "created: 1 is not a date"),
        ('buildLayeredImage { name = "a"; architecture = null; }', "architecture: null is not a string"),
        (
            'buildLayeredImage { name = "a"; fromImage = "debian:12"; }',
            'fromImage: "debian:12" is not an image, or the',
        ),
        ('buildLayeredImage { name = "a"; fromImage = "/tmp/x.tar"; }', 'fromImage: "/tmp/x.tar" is not an image'),
        ('buildLayeredImage { name = "a"; fromImage = [ ./. ]; }', "fromImage: a list is not an image"),
        ('buildImage { name = "a"; fromImageTag = 1; }', "fromImageTag: 1 is not a string"),
        ('buildImage { name = "a"; copyToRoot = 1; }', "copyToRoot: 1 is not a path"),
        (
            'buildLayeredImage { name = "a"; contents = [ "x" ]; }',
            "contents: a list is not a path, a derivation, a layer",
        ),
        ('buildLayeredImage { name = "a"; compressor = "xz"; }', 'compressor: "xz" is not one of "none", "gz", "zstd"'),
        ('buildLayeredImage { name = "a"; passthru = null; }', "passthru: null is not a set"),
        ("buildLayeredImage { name = 1; }", "name: 1 is not a name such as"),
        ("buildImage { name = null; }", "name: null is not a name such as"),
        ('buildImage { name = "a"; copyToRoot = "/etc"; }', 'copyToRoot: "/etc" is not a path, a derivation'),
        ("mergeImages [ ./a.tar ]", "mergeImages: takes a list of images of these functions"),
        ('mergeImages (buildImage { name = "a"; })', "mergeImages: takes a list of images of these functions"),
        ("mergePlatforms [ ]", "mergePlatforms: takes a list of images of these functions"),
        ('mergePlatforms (buildImage { name = "a"; })', "mergePlatforms: takes a list of images of these functions"),
        ("pullImage { }", "pullImage is not supported; no build downloads"),
        ("shadowSetup", "shadowSetup is not supported; use fakeNss"),
    ],
)
def test_what_is_refused(call: str, says: str) -> None:
    assert refusal(call).startswith(says)


def test_arguments_that_ask_for_nothing_are_taken() -> None:
    """Wrappers of nixpkgs' functions hand the defaults of these on."""
    same, image = value(
        """
        map (args: (buildImage ({ name = "a"; } // args)).outPath) [
          { }
          { runAsRoot = null; diskSize = 2048; buildVMMemorySize = 512; includeNixDB = false; config = null;
            keepContentsDirlinks = false; }
        ]
        """
    )
    assert same == image


def test_a_base_image_of_these_functions_has_the_name_that_is_asked_for() -> None:
    call = 'buildImage { name = "a"; fromImage = buildImage { name = "b"; tag = "1"; }; %s }'
    plain = value(call % "")
    assert value(call % 'fromImageName = "b"; fromImageTag = "1";') == plain
    assert value(call % "fromImageName = null; fromImageTag = null;") == plain
    for asked in ('fromImageName = "c";', 'fromImageName = "b"; fromImageTag = "2";'):
        assert refusal(call % asked).startswith("fromImage is b:1, not what fromImageName and fromImageTag say")


def test_names_are_in_lower_case() -> None:
    name, base = value('let i = buildImage { name = "Team/App"; tag = "V1"; }; in [ i.imageName i.imageTag ]')
    assert (name, base) == ("team/app", "V1")


def test_passthru_and_meta() -> None:
    """They are there on the archive and the stream, and change nothing of the image."""
    plain, archive, stream = value(
        """
        let
          plain = buildLayeredImage { name = "a"; };
          image = buildLayeredImage {
            name = "a";
            passthru = { tests.x = 1; name = "no"; imageName = "no"; };
            meta.homepage = "https://a.example";
          };
        in
        [ plain.outPath ] ++ map (made: with made; { outputs = [ outPath ]; inherit imageName passthru meta tests; })
          [ image image.stream ]
        """
    )
    assert archive["outputs"] == [plain] != stream["outputs"]
    for made in (archive, stream):
        assert made["imageName"] == "a" and made["tests"] == made["passthru"]["tests"] == {"x": 1}
        assert made["meta"]["homepage"] == "https://a.example" and made["meta"]["description"].startswith("a:")


def test_the_archive_is_called_by_its_compression() -> None:
    names = value(
        """
        map (compressor: (buildLayeredImage { name = "a"; tag = "1"; inherit compressor; }).name)
          [ "none" "gz" "zstd" ]
        """
    )
    assert names == ["a-1.tar", "a-1.tar.gz", "a-1.tar.zst"]
