"""The Nix functions, evaluated with builders that are never run."""

import json

import pytest

from nix_functions import needs_nix, value

pytestmark = needs_nix


def test_images_share_their_layers() -> None:
    layers = value(
        """
        let
          base = buildLayeredImage { name = "a"; contents = [ layer ./. ]; };
          other = streamLayeredImage { name = "b"; contents = [ layer ]; config.Cmd = [ "x" ]; };
          above = buildImage { name = "c"; fromImage = base; copyToRoot = ./.; };
        in
        map (image: image.layers) [ base other above { layers = [ layer ]; } ]
        """
    )
    base, other, above, [layer] = layers
    assert base[0] == layer and len(base) == 2
    assert other == [layer]
    assert above[:2] == base and len(above) == 3


def test_the_tag_follows_from_what_the_image_is_made_of() -> None:
    tags = value(
        """
        map (args: (buildLayeredImage ({ name = "a"; } // args)).imageTag) [
          { }
          { tag = null; }
          { config.Cmd = [ "x" ]; }
          { contents = layer; }
          { tag = "chosen"; }
        ]
        """
    )
    assert tags[0] == tags[1]
    assert len(set(tags)) == 4
    assert tags[4] == "chosen"


def test_derivations_are_called_by_name_and_tag() -> None:
    names = value(
        """
        map (image: map (made: made.name) [ image image.stream image.oci image.metadata ]) [
          (buildLayeredImage { name = "app"; tag = "python3.9-slim"; })
          (buildLayeredImage { name = "registry.example:5000/team/app"; tag = "1"; })
          (streamLayeredImage { name = "app"; tag = "1"; }).archive
        ]
        """
    )
    assert names[0] == [
        "app-python3.9-slim.tar",
        "stream-app-python3.9-slim",
        "app-python3.9-slim-oci",
        "app-python3.9-slim-metadata",
    ]
    assert names[1] == names[2] == ["app-1.tar", "stream-app-1", "app-1-oci", "app-1-metadata"]


def test_a_computed_tag_is_in_the_name() -> None:
    name, tag = value('let image = buildLayeredImage { name = "app"; }; in [ image.name image.imageTag ]')
    assert name == f"app-{tag}.tar"


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("a" * 255, "b" * 128),
        ("App", "a b"),
        ("é/ü", "$(x)"),
        (".hidden", "\n"),
        ("app", "@sha256:0"),
        ("", ""),
    ],
)
def test_what_is_no_name_in_the_store_is_left_to_the_build_to_refuse(name: str, tag: str) -> None:
    # Nix evaluates a derivation only if its name may stand in the store, so the outputs prove that they may.
    arguments = f"name = {json.dumps(name)}; tag = {json.dumps(tag).replace('$', chr(92) + '$')};"
    outputs = value(f"with buildImage {{ {arguments} contents = ./.; }}; [ archive stream oci metadata ]")
    assert len(set(outputs)) == 4


def test_a_tag_may_be_the_hash_of_a_store_path() -> None:
    tag = 'builtins.substring 11 8 "${layer}"'
    assert value(f'(buildLayeredImage {{ name = "app"; tag = {tag}; }}).name').startswith("app-")


def test_the_description_names_the_image_and_what_it_is() -> None:
    descriptions = value(
        """
        let image = buildLayeredImage { name = "team/app"; tag = "1"; }; in
        map (made: made.meta.description) [ image image.stream image.oci ]
        """
    )
    assert all(description.startswith("team/app:1, ") for description in descriptions)
    assert len(set(descriptions)) == 3


def test_what_nix_run_shows_says_what_to_do() -> None:
    """None of these is a program in a folder bin; Nix shows the path of the one that it looked for."""
    programs = value(
        """
        let image = buildLayeredImage { name = "app"; tag = "1"; }; in
        map (made: made.meta.mainProgram) [ image image.stream image.oci ]
        """
    )
    assert ["docker load < result" in programs[0], "./result | docker load" in programs[1]] == [True, True]
    assert all("nix build" in program for program in programs)


# The spec of a derivation that nix_functions pretends to build.
SPEC_OF = "specOf = made: (builtins.fromJSON (builtins.unsafeDiscardStringContext made.drvAttrs.all)).spec;"


def test_a_change_of_one_layer_compresses_that_one_alone() -> None:
    """The compressed layers are derivations of their own, and the image is the only one that needs all of them."""
    made = f"""
      let
        {SPEC_OF}
        make = name: fake {{ inherit name; }} // {{ isLayer = true; }};
        image = layers: buildLayeredImage {{ name = "app"; contents = map make layers; }};
        blobs = image: (specOf image.compressed).layers;
      in
      map blobs [ (image [ "base" "app" ]) (image [ "base" "edited" ]) ]
    """
    before, after = value(made)
    assert before[0] == after[0] and before[1] != after[1]


@pytest.mark.parametrize(
    ("arguments", "layers", "archive"),
    [("", "gz", ""), ('compressor = "none";', None, ""), ('compressor = "zstd";', "zstd", ".zst")],
)
def test_how_layers_and_archives_are_compressed(arguments: str, layers: str | None, archive: str) -> None:
    image = f'(buildLayeredImage {{ name = "app"; tag = "1"; {arguments} }})'
    assert value(f"{image}.name") == f"app-1.tar{archive}"
    assert value(f"let {SPEC_OF} in (specOf {image}.compressed).compressor or null") == layers
