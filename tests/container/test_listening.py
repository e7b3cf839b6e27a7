"""Where the server listens; test_stop_and_start.py has the addresses that are reached from outside."""

from pathlib import Path

import pytest
import requests

from certificate import TLS_ARGS, certificate_volume
from containers import ANSWER_SECONDS, APP_STARTED, Image, container


@pytest.mark.parametrize(
    "env, where",
    [
        ({"HOST": "127.0.0.1", "PORT": "8080"}, "127.0.0.1:8080"),
        ({"BIND": "unix:/tmp/app.sock", "HOST": "0.0.0.0", "PORT": "8080"}, "/tmp/app.sock"),
    ],
    ids=["HOST", "BIND"],
)
def test_serves_inside_the_container_alone(image: Image, env: dict[str, str], where: str) -> None:
    with container(image.name, env, port=8080, ready=APP_STARTED) as started:
        assert started.listening() == [where]
        with pytest.raises(requests.RequestException):
            started.get()
        started.restart()
        assert started.listening() == [where]
        assert started.run_inside("get_status.py", where, user="") == 200


def test_tls_through_gunicorn_cmd_args(image: Image, tmp_path: Path) -> None:
    options = [certificate_volume(tmp_path)]
    env = {"GUNICORN_CMD_ARGS": TLS_ARGS, "PORT": "443"}
    with container(image.name, env, options, port=443, ready=APP_STARTED) as started:

        def get() -> requests.Response:
            address = "https://{}:{}/".format(*started.address)
            return requests.get(address, verify=str(tmp_path / "cert.pem"), timeout=ANSWER_SECONDS)

        assert get().status_code == 200
        started.restart()
        assert get().status_code == 200
        assert started.listening() == ["0.0.0.0:443"]
