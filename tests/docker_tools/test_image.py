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
        ({"architecture": "../x"}, "architecture: '../x' is not"),
    ],
)
def test_refused(make_image: Make, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_image(**changes)
    assert not (tmp_path / "image").exists()
