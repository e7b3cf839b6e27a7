"""/start-reload.sh: Uvicorn alone, which restarts the app at every change of its code."""

from pathlib import Path

import pytest

from containers import Container, Image, app_folder, app_that_answers, container
from shown import telling_apps

RELOAD = ["/start-reload.sh"]


def wait_for_answer(started: Container, expected: object) -> None:
    def answers() -> bool:
        answer = started.answer()
        return answer is not None and answer.json() == expected

    started.wait_until(answers, f"answering {expected!r}")


def test_serves_each_edit_of_a_mounted_folder(image: Image, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    files = {"app/main.py": app_that_answers("answer").replace("import os", "from app.helper import answer")}
    mount = app_folder(folder, {**files, "app/helper.py": "answer = 'before'\n"})
    with container(image.name, options=[mount], command=RELOAD) as started:
        assert started.get().json() == "before"
        app_folder(folder, {"app/helper.py": "answer = 'after'\n"})
        wait_for_answer(started, "after")
        assert "Reloading..." in started.logs()
        app_folder(folder, {"app/helper.py": "answer = = 'broken'\n"})
        started.wait_for_log("SyntaxError")
        app_folder(folder, {"app/helper.py": "answer = 'mended'\n"})
        wait_for_answer(started, "mended")
        started.restart()
        assert started.get().json() == "mended"
        app_folder(folder, {"app/main.py": app_that_answers("'rewritten'")})
        wait_for_answer(started, "rewritten")


@pytest.mark.variables
def test_variables_before_and_after_stop_and_start(image: Image, tmp_path: Path) -> None:
    env = {
        "MODULE_NAME": "custom_app.custom_main",
        "VARIABLE_NAME": "api",
        "HOST": "::",
        "PORT": "8080",
        "LOG_LEVEL": "warning",
        "PRE_START_PATH": "/app/custom/script.sh",
    }
    mount = app_folder(tmp_path / "app", {**telling_apps(), "custom/script.sh": "export GREETING=hello\n"})
    with container(image.name, env, [mount], RELOAD, port=8080) as started:

        def check() -> None:
            answer = started.get().json()
            assert (answer["module"], answer["greeting"]) == ("custom_app.custom_main", "hello")
            assert started.listening() == ["[::]:8080"]
            command = started.processes()[0].command
            assert " --reload " in command and "gunicorn" not in command
            assert started.logs().startswith("Checking for script in /app/custom/script.sh\n")
            assert "INFO:" not in started.logs()

        check()
        started.restart()
        check()


def test_app_module_wins(image: Image, tmp_path: Path) -> None:
    env = {"APP_MODULE": "main:app", "MODULE_NAME": "nowhere", "VARIABLE_NAME": "nothing"}
    with container(image.name, env, [app_folder(tmp_path / "app", telling_apps())], RELOAD) as started:
        assert started.get().json()["module"] == "main"


def test_empty_means_unset(image: Image) -> None:
    chosen = ["MODULE_NAME", "VARIABLE_NAME", "APP_MODULE", "PRE_START_PATH", "HOST", "PORT", "LOG_LEVEL"]
    names = [*chosen, "FORWARDED_ALLOW_IPS", "UVICORN_ROOT_PATH"]
    with container(image.name, dict.fromkeys(names, ""), command=RELOAD) as started:
        assert started.listening() == ["0.0.0.0:80"]
        assert "Uvicorn running on http://0.0.0.0:80" in started.logs()
        assert " --log-level info " in started.processes()[0].command
        assert started.logs().startswith("Checking for script in /app/prestart.sh\n")
