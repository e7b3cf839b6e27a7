"""Which app is served when no variable names it; test_stop_and_start.py has the variables that do."""

from pathlib import Path

import pytest

from containers import Image, app_folder, container
from shown import telling_apps


@pytest.mark.parametrize(
    "files, env, module",
    [
        (["main.py"], {}, "main"),
        (["main.py", "app/main.py"], {}, "app.main"),
        (["custom_app/custom_main.py", "main.py"], {"MODULE_NAME": "main"}, "main"),
    ],
    ids=["main", "app.main", "MODULE_NAME"],
)
def test_which_app_is_served(image: Image, tmp_path: Path, files: list[str], env: dict[str, str], module: str) -> None:
    apps = telling_apps()
    mount = app_folder(tmp_path / "app", {name: apps[name] for name in files})
    with container(image.name, env, [mount]) as started:
        assert started.get().json()["module"] == module
        assert started.processes()[0].command.endswith(f" {module}:app")
