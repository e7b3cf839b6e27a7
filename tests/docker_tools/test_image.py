"""An image's config and layers, on its own and on a base image; what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Path]


def config_of(metadata: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((metadata / "config.json").read_bytes())
    return config


def tiny_layers(folder: Path, count: int) -> list[dict[str, str]]:
    """Layers of a spec, of which there is only what the metadata say of them."""
    for number in range(count):
        (folder / str(number)).mkdir()
        layer = {"diff_id": f"sha256:{number:064}", "size": 1024}
        (folder / str(number) / "layer.json").write_text(json.dumps(layer))
    return [{"name": str(number), "path": str(folder / str(number))} for number in range(count)]


def diff_ids(*layers: Path) -> list[str]:
    return [json.loads((layer / "layer.json").read_text())["diff_id"] for layer in layers]


def test_the_config_is_that_of_the_spec(two_layers: tuple[Path, Path], make_image: Make) -> None:
    metadata = make_image(*two_layers, created="2026-01-02T03:04:05Z", config={"Cmd": ["/bin/sh"]})
    assert config_of(metadata) == {
        "os": "linux",
        "architecture": "amd64",
        "created": "2026-01-02T03:04:05Z",
        "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids(*two_layers)},
        "history": [{"created": "2026-01-02T03:04:05Z", "created_by": name} for name in ("lower", "upper")],
    }


def test_arm64_has_the_variant_that_dockers_own_images_have(two_layers: tuple[Path, Path], make_image: Make) -> None:
    """What an engine or a registry shows as linux/arm64/v8. An image on a base has what that says of itself."""
    lower, upper = two_layers
    base = make_image(lower, out="base", architecture="arm64")
    assert config_of(base)["variant"] == "v8"
    assert config_of(make_image(upper, out="above", architecture="arm64", fromImage=str(base)))["variant"] == "v8"
    (base / "config.json").write_text(json.dumps(config_of(base) | {"variant": "v9"}))
    assert config_of(make_image(upper, out="v9", architecture="arm64", fromImage=str(base)))["variant"] == "v9"
    assert "variant" not in config_of(make_image(lower, out="amd64"))


def test_an_image_on_a_base(two_layers: tuple[Path, Path], make_image: Make) -> None:
    lower, upper = two_layers
    base = make_image(lower, out="base", config={"Env": ["A=1", "B=1"], "Cmd": ["sh"]})
    config = config_of(make_image(upper, fromImage=str(base), config={"Env": ["B=2"]}))
    assert config["config"] == {"Env": ["A=1", "B=2"], "Cmd": ["sh"]}
    assert [step["created_by"] for step in config["history"]] == ["lower", "upper"]
    assert config["rootfs"]["diff_ids"] == diff_ids(*two_layers)
    with pytest.raises(ValueError, match=r"fromImage is for amd64, the image for arm64"):
        make_image(upper, out="other", architecture="arm64", fromImage=str(base))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (None, ["fromImage", "upper"]),
        ([{"created_by": "a"}, {"created_by": "b"}], ["fromImage", "upper"]),
        (
            [{"created_by": "ENV", "empty_layer": True}, {"created_by": "lower"}],
            ["ENV", "lower", "upper"],
        ),
    ],
)
def test_history_describes_the_layers(
    two_layers: tuple[Path, Path], make_image: Make, history: list[dict[str, Any]] | None, expected: list[str]
) -> None:
    lower, upper = two_layers
    base = make_image(lower, out="base")
    (base / "config.json").write_text(json.dumps(config_of(base) | {"history": history}))
    config = config_of(make_image(upper, fromImage=str(base)))
    assert [step["created_by"] for step in config["history"]] == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "App"}, "'App' is not an image name"),
        ({"name": "a:b"}, "image name"),
        ({"tag": "a b"}, "'a b' is not a tag"),
        ({"created": "now"}, "'now' is not a UTC time"),
        ({"config": {"Env": ["PATH"]}}, "config.Env: 'PATH'"),
        ({"config": []}, r"config: \[\] is not a set"),
        ({"name": 5}, "name: 5 is not an image name"),
        ({"name": "app\n"}, r"name: 'app\\n' is not an image name"),
        ({"tag": None}, "tag: None is not a tag"),
        ({"created": 1}, "created: 1 is not a UTC time"),
        *(
            ({"created": time}, "created: '.*' is not a UTC time such as .*, or a date such as")
            for time in (
                "2024-13-45T00:00:00Z",
                "2024-02-30",
                "2023-02-29T00:00:00Z",
                "2024-01-01T25:00:00Z",
                "2024-01-01T00:00:00+25:00",
                "0001-01-01T00:00:00+01:00",
                "@99999999999999999999",
                "1. 2. 2024",
                "2024022910930",
                "20240230123456",
                "2024-02-29x12:30",
                "",
            )
        ),
        *(
            ({"name": name}, "name: '.*' is not an image name such as .*, in lower case and without a tag")
            for name in (
                "a//b",
                "/a",
                "a/",
                "a..b",
                "a___b",
                "-a",
                "a-",
                "a/-b",
                "registry.example:port/a",
                "registry..example/a",
                "-registry.example/a",
                "https://registry.example/a",
                "a@sha256",
                "a" * 256,
                "0123456789abcdef" * 4,
            )
        ),
        ({"architecture": "../x"}, "architecture: '../x' is not"),
        *(
            ({"architecture": architecture}, r"is not an architecture such as amd64 \(for x86_64\) or arm64")
            for architecture in ("x86_64", "aarch64", "x86_64-linux", "linux/amd64", "AMD64", "armv7")
        ),
    ],
)
def test_refused(make_image: Make, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_image(**changes)
    assert not (tmp_path / "image").exists()


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("20240229", "2024-02-29T00:00:00Z"),
        ("2024-02-29T12:30:00Z", "2024-02-29T12:30:00Z"),
        ("2024-02-29T12:30:00", "2024-02-29T12:30:00Z"),
        ("2024-02-29 12:30", "2024-02-29T12:30:00Z"),
        ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z"),
        ("2024-02-29T12:30:00-0730", "2024-02-29T20:00:00Z"),
        ("20240229123456", "2024-02-29T12:34:56Z"),
        ("@0", "1970-01-01T00:00:00Z"),
        ("@1709210096", "2024-02-29T12:34:56Z"),
    ],
)
def test_created_is_told_in_utc(two_layers: tuple[Path, Path], make_image: Make, text: str, time: str) -> None:
    config = config_of(make_image(*two_layers, created=text))
    assert {config["created"], *(step["created"] for step in config["history"])} == {time}


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "a__b",
        "a--b.c_d",
        "library/a",
        "localhost/a",
        "registry.example/a/b/c",
        "registry.example:5000/a",
        "[fe80::1]:5000/a",
        "a" * 255,
    ],
)
def test_names_that_an_engine_takes(make_image: Make, name: str) -> None:
    assert (make_image(name=name) / "config.json").exists()


def test_an_image_has_no_more_layers_than_an_engine_loads(
    two_layers: tuple[Path, Path], make_image: Make, tmp_path: Path
) -> None:
    base = make_image(layers=tiny_layers(tmp_path, 124), out="base", maxLayers=125)
    assert len(config_of(make_image(*two_layers, fromImage=str(base), maxLayers=127))["rootfs"]["diff_ids"]) == 125
    full = make_image(two_layers[0], fromImage=str(base), out="full", maxLayers=125)
    for layers in (two_layers, two_layers[:1]):
        with pytest.raises(ValueError, match=r"fromImage has as many layers .*; engines load 125 at most"):
            make_image(*layers, fromImage=str(full), out="more", maxLayers=200)


def test_an_entrypoint_alone_is_run_without_the_arguments_of_the_base(make_image: Make) -> None:
    base = make_image(out="base", config={"Entrypoint": ["/old"], "Cmd": ["--old"]})

    def above(out: str, **config: Any) -> Any:
        return config_of(make_image(out=out, fromImage=str(base), config=config))["config"]

    assert above("alone", Entrypoint=["/new"]) == {"Entrypoint": ["/new"]}
    assert above("none", Entrypoint=[]) == {"Entrypoint": []}
    assert above("both", Entrypoint=["/new"], Cmd=["--new"]) == {"Entrypoint": ["/new"], "Cmd": ["--new"]}
    assert above("command", Cmd=["--new"]) == {"Entrypoint": ["/old"], "Cmd": ["--new"]}
    assert above("dropped", Entrypoint=None) == {"Cmd": ["--old"]}
    assert above("nothing") == {"Entrypoint": ["/old"], "Cmd": ["--old"]}
