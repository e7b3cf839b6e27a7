"""/start-reload.sh: Uvicorn alone, which restarts the app at every change of its code."""

from pathlib import Path

import pytest
from containers import Image, app_folder, app_that_answers, container


def test_serves_each_edit_of_a_mounted_folder(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    mount = app_folder(folder, {"main.py": app_that_answers("'before'")})
    with container(image.name, options=[mount], command=["/start-reload.sh"]) as started:
        assert "--reload" in started.processes()[0].command
        assert "gunicorn" not in started.processes()[0].command
        assert started.logs().startswith("Checking for script in /app/prestart.sh\n")
        assert started.get().json() == "before"
        (folder / "main.py").write_text(app_that_answers("'after'"))

        def serves_the_edit() -> bool:
            answer = started.answer()
            return answer is not None and answer.json() == "after"

        started.wait_until(serves_the_edit, "serving the edit")
        assert "Reloading..." in started.logs()


@pytest.mark.parametrize(
    "env, port",
    [
        ({"PORT": "8080", "HOST": "0.0.0.0", "MODULE_NAME": "custom", "VARIABLE_NAME": "api"}, 8080),
        ({"APP_MODULE": "custom:api", "PORT": "", "HOST": ""}, 80),
    ],
    ids=["set", "empty"],
)
def test_variables(image: Image, tmp_path: Path, env: dict[str, str], port: int) -> None:
    mount = app_folder(tmp_path / "app", {"custom.py": app_that_answers("'custom'", "api")})
    command = ["/start-reload.sh"]
    with container(image.name, env, [mount], command, port) as started:
        assert started.get().json() == "custom"


def test_log_level(image: Image) -> None:
    env = {"LOG_LEVEL": "warning"}
    with container(image.name, env, command=["/start-reload.sh"]) as started:
        assert "Uvicorn running on" not in started.logs()
        assert started.get().status_code == 200
