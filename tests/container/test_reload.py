"""/start-reload.sh: Uvicorn alone, which restarts the app at every change of its code."""

import json
import time
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
        started.wait_for_log("Reloading...")
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


@pytest.mark.variables
def test_logs_as_json_in_files(image: Image, tmp_path: Path) -> None:
    env = {"GUNICORN_LOG_FORMAT": "json", "ACCESS_LOG": "/tmp/access.log", "ERROR_LOG": "/tmp/error.log"}
    env |= {"LOG_LEVEL": "INFO", "UVICORN_ROOT_PATH": "/api"}
    mount = app_folder(tmp_path / "app", telling_apps())
    with container(image.name, env, [mount], RELOAD, ready="There is no script") as started:
        started.wait_until_serving()
        assert started.get("/?a=b").json()["root_path"] == "/api"
        requests = [json.loads(line) for line in started.exec("cat", "/tmp/access.log").splitlines()]
        assert [entry["status"] for entry in requests if entry["path"].endswith("/?a=b")] == [200]
        errors = [json.loads(line) for line in started.exec("cat", "/tmp/error.log").splitlines()]
        # Both processes write to it: the one that watches the code, and the one that serves.
        assert {"Started reloader process", "Application startup complete."} <= {
            entry["message"].partition(" [")[0] for entry in errors
        }
        assert "INFO" not in started.logs()


FACTORY = f"""{app_that_answers("title", variable="made").replace("    return", "    title = made.title; return")}
def create_app(title="untitled"):
    made.title = title
    return made
"""


@pytest.mark.parametrize("arguments, title", [("", "untitled"), ("'shop'", "shop")], ids=["()", "('shop')"])
def test_a_factory_is_served_as_by_gunicorn(image: Image, tmp_path: Path, arguments: str, title: str) -> None:
    env = {"APP_MODULE": f"main:create_app({arguments})"}
    mount = app_folder(tmp_path / "app", {"main.py": FACTORY})
    for command in ([], RELOAD):
        with container(image.name, env, [mount], command) as started:
            assert started.get().json() == title


@pytest.mark.parametrize(
    "env, arguments",
    [({"UVICORN_RELOAD_DIRS": "/app/one:/app/two"}, []), ({}, ["--reload-dir", "/app/one", "--reload-dir=/app/two"])],
    ids=["variable", "arguments"],
)
def test_only_these_folders_are_watched(
    image: Image, tmp_path: Path, env: dict[str, str], arguments: list[str]
) -> None:
    files = {"main.py": app_that_answers("1"), "one/a.py": "", "two/b.py": ""}
    mount = app_folder(tmp_path / "app", files)
    with container(image.name, env, [mount], [*RELOAD, *arguments]) as started:
        says = "watch for changes in these directories: "
        started.wait_for_log(says)
        watched = started.logs().partition(says)[2].partition("\n")[0]
        assert watched == "['/app/one', '/app/two']"
        app_folder(tmp_path / "app", {"main.py": app_that_answers("2")})
        app_folder(tmp_path / "app", {"two/b.py": "changed = True\n"})
        wait_for_answer(started, 2)
        started.wait_for_log("two/b.py")
        assert "'main.py'" not in started.logs()


def test_gunicorn_may_reload_too(image: Image, tmp_path: Path) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers("'before'")})
    with container(image.name, {"GUNICORN_CMD_ARGS": "--reload"}, [mount]) as started:
        assert started.get().json() == "before"
        time.sleep(2)  # Gunicorn looks at the app's files once a second, and this is not about the first look
        app_folder(tmp_path / "app", {"main.py": app_that_answers("'changed'")})
        wait_for_answer(started, "changed")


def test_app_module_wins(image: Image, tmp_path: Path) -> None:
    env = {"APP_MODULE": "main:app", "MODULE_NAME": "nowhere", "VARIABLE_NAME": "nothing"}
    with container(image.name, env, [app_folder(tmp_path / "app", telling_apps())], RELOAD) as started:
        assert started.get().json()["module"] == "main"


def test_empty_means_unset(image: Image) -> None:
    chosen = ["MODULE_NAME", "VARIABLE_NAME", "APP_MODULE", "PRE_START_PATH", "HOST", "PORT", "LOG_LEVEL"]
    names = [*chosen, "FORWARDED_ALLOW_IPS", "UVICORN_ROOT_PATH", "GUNICORN_LOG_FORMAT"]
    with container(image.name, dict.fromkeys(names, ""), command=RELOAD) as started:
        assert started.listening() == ["0.0.0.0:80"]
        started.wait_for_log("Uvicorn running on http://0.0.0.0:80")
        assert " --log-level info " in started.processes()[0].command
        assert started.logs().startswith("Checking for script in /app/prestart.sh\n")
