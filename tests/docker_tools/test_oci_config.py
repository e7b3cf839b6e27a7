"""The config of an image: what is refused, and how it builds on a base image's."""

from typing import Any

import pytest

import oci_config


def test_a_full_config_is_taken() -> None:
    oci_config.check(
        {
            "Cmd": ["/start.sh"],
            "Entrypoint": None,
            "Env": ["A=", "B=1=2", "C=two\nlines"],
            "ExposedPorts": {"80": {}, "443/tcp": {}, "53/udp": {}},
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 10**9, "Retries": 3},
            "OnBuild": ["RUN true"],
            "Shell": ["/bin/bash", "-c"],
            "Labels": {"org.opencontainers.image.title": "é"},
            "StopSignal": "SIGRTMIN+3",
            "User": "1000:1000",
            "Volumes": {"/data": {}},
            "WorkingDir": "/app",
        }
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ([], r"config: \[\] is not a set"),
        ({"Command": ["x"]}, "config.Command: is unknown; known are Cmd, "),
        ({"Cmd": "/start.sh"}, "config.Cmd: '/start.sh' is not a list"),
        ({"Cmd": [1]}, "config.Cmd: 1 is not a string"),
        ({"Env": ["PATH"]}, "config.Env: 'PATH' is not of the form KEY=VALUE"),
        ({"Env": ["=x"]}, "config.Env"),
        ({"Env": {"A": "1"}}, "config.Env: .* is not a list"),
        ({"ExposedPorts": ["80"]}, "config.ExposedPorts: .* is not a set"),
        ({"ExposedPorts": {"http": {}}}, "'http' is not a port"),
        ({"ExposedPorts": {"65536/tcp": {}}}, "not a port"),
        ({"ExposedPorts": {"\uff18/tcp": {}}}, "not a port"),
        ({"ExposedPorts": {"80/tcp": True}}, "config.ExposedPorts.80/tcp: True"),
        ({"WorkingDir": "app"}, "config.WorkingDir: 'app' is not an absolute path"),
        ({"Volumes": {"data": {}}}, "absolute"),
        ({"User": 0}, "config.User: 0 is not a string"),
        ({"StopSignal": "term"}, "signal"),
        ({"Labels": {"a": 1}}, "config.Labels.a: 1"),
        ({"Healthcheck": {"Test": ["true"]}}, "config.Healthcheck.Test"),
        ({"Healthcheck": {"Test": ["NONE"], "Interval": "5s"}}, "Interval: '5s' is not a whole number"),
        ({"Healthcheck": {"Period": 1}}, "config.Healthcheck.Period: is unknown"),
    ],
)
def test_refused(config: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        oci_config.check(config)


def test_merge() -> None:
    base = {
        "Env": ["PATH=/bin", "A=1"],
        "Cmd": ["sh"],
        "Labels": {"a": "1", "b": "2"},
        "Volumes": None,
        "User": "app",
        "OnBuild": ["kept"],
    }
    config: dict[str, Any] = {
        "Env": ["A=2", "B=="],
        "Labels": {"b": "3"},
        "Volumes": {"/v": {}},
        "User": None,
        "WorkingDir": "/",
    }
    assert oci_config.merge(base, config) == {
        "Env": ["PATH=/bin", "A=2", "B=="],
        "Cmd": ["sh"],
        "Labels": {"a": "1", "b": "3"},
        "Volumes": {"/v": {}},
        "OnBuild": ["kept"],
        "WorkingDir": "/",
    }
