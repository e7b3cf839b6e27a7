"""The config of an image."""

import json
from typing import Any

import pytest

from made_up_project import REPOSITORY, Evaluate


@pytest.fixture
def config(evaluate: Evaluate) -> Any:
    """config(env, CONFIG, …) -> the OCI config, of arguments that are Nix."""

    def run(env: str = "{ }", *configs: str) -> Any:
        finished = evaluate(
            "--expr",
            f"""
            import {REPOSITORY}/nix/app/config.nix {{
              python.version = "3.13.5";
              env = {env};
              configs = [ {" ".join(configs)} ];
            }}
            """,
        )
        return json.loads(finished.stdout)

    return run


def test_variables(config: Any) -> None:
    assert {"PYTHON_VERSION=3.13.5", "LOG_LEVEL=warning", "PORT=8080"} <= set(
        config('{ LOG_LEVEL = "warning"; PORT = 8080; }')["Env"]
    )
    assert config("{ }", '{ Env = [ "A=1" ]; }')["Env"] == [*config()["Env"], "A=1"]


def test_maps_are_joined_and_other_properties_replaced(config: Any) -> None:
    joined = config(
        "{ }", '{ User = "1"; Labels.a = "1"; }', '{ User = "2"; Labels.b = "2"; ExposedPorts."81/tcp" = {}; }'
    )
    assert joined["User"] == "2"
    assert joined["Labels"] == {"a": "1", "b": "2"}
    assert set(joined["ExposedPorts"]) == {"80/tcp", "81/tcp"}


def test_an_entrypoint_alone_is_run_without_the_command_before_it(config: Any) -> None:
    assert "Cmd" not in config("{ }", '{ Entrypoint = [ "/entry.sh" ]; }')
    assert config("{ }", '{ Entrypoint = [ "/entry.sh" ]; Cmd = [ "a" ]; }')["Cmd"] == ["a"]
    assert config("{ }", "{ Entrypoint = null; }")["Cmd"] == config()["Cmd"]


def test_null_drops_a_property(config: Any) -> None:
    assert config("{ }", "{ Healthcheck = null; }")["Healthcheck"] is None
