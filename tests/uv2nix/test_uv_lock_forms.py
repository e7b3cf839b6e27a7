"""Words of a uv.lock that have not their form: each ends in one line."""

from typing import Any

import pytest

from made_up_lock import complaint
from made_up_uv_lock import PURE, WheelsOf, file


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "a\nb"}, "is not a name"),
        ({"version": "1 --pre"}, "is not a version"),
        ({"source": {"folder": "."}}, "its source is none of registry, git"),
        ({"source": "registry"}, "is not a table"),
        ({"dependencies": [{"name": "-r"}]}, "is not a name"),
        ({"dependencies": ["pure"]}, "is not a table"),
        ({"dependencies": [{"name": "pure", "marker": 1}]}, "is not a text"),
        ({"dependencies": [{"name": "pure", "extra": "x"}]}, "is not a list"),
        ({"optional-dependencies": {"a b": []}}, "is not a name"),
    ],
)
def test_a_word_of_another_form(wheels_of: WheelsOf, changes: dict[str, Any], says: str) -> None:
    # It is not one of those that the environment gets.
    line = complaint(wheels_of(PURE, PURE | {"name": "other"} | changes))
    assert line.startswith("error: uv2nix: /") and "/uv.lock: " in line and says in line
    assert line.endswith("; run uv lock") and line.isprintable() and len(line) < 600


@pytest.mark.parametrize("name", ["../x-1-py3-none-any.whl#", "x 1-py3-none-any.whl", "-x-1-py3-none-any.whl"])
def test_the_name_of_a_wheel_has_its_form(wheels_of: WheelsOf, name: str) -> None:
    line = complaint(wheels_of(PURE | {"wheels": [file(name.replace("#", "%20")), *PURE["wheels"]]}))
    assert "pure 1.0: " in line and "is not the name of a file; run uv lock" in line


def test_hashes(wheels_of: WheelsOf) -> None:
    url = PURE["wheels"][0]["url"]
    assert "is not a sha256" in complaint(wheels_of(PURE | {"wheels": [{"url": url}]}))
    assert "md5:0 is not a sha256" in complaint(wheels_of(PURE | {"wheels": [{"url": url, "hash": "md5:0"}]}))
    assert "is not a hash" in complaint(wheels_of(PURE | {"wheels": [{"url": url, "hash": "sha256:0 --pre"}]}))
