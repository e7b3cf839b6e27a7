"""Variables of the app's own reach it as they were given, whatever their names, and nothing of the image reads them."""

from pathlib import Path

import pytest

from containers import Image, app_folder, app_that_answers, container

# Some are those of other servers' settings, and some have names that a shell script is likely to use.
OWN = {
    "LOG_FORMAT": "%(asctime)s %(message)s",
    "MAX_REQUESTS": "100/minute",
    "MAX_REQUESTS_JITTER": "none",
    "ROOT_PATH": "/",
    **dict.fromkeys(["name", "key", "value", "script", "line", "path", "init", "socket", "handled"], "the app's"),
}


@pytest.mark.parametrize("command", [[], ["/start-reload.sh"]], ids=["start", "reload"])
def test_they_reach_the_app(image: Image, tmp_path: Path, command: list[str]) -> None:
    mount = app_folder(tmp_path / "app", {"main.py": app_that_answers("dict(os.environ)")})
    with container(image.name, OWN, [mount], command) as started:
        assert started.get().json().items() >= OWN.items()
        started.wait_for_log("GET / HTTP/1.1")
