"""The `config` of an image: what a user may write, and how it builds on the config of a base image.

Properties as in the OCI image specification (config.md); Healthcheck is Docker's extension.
"""

import re
from collections.abc import Callable
from typing import Any

Config = dict[str, Any]
# check(where, value) raises ValueError for a wrong value; `where` is its place in the config, for the error.
Check = Callable[[str, Any], None]
# The properties that an image adds to those of its base, instead of replacing them.
MERGED_MAPS = ("ExposedPorts", "Labels", "Volumes")


def check(config: Config) -> None:
    """Raise ValueError for the first property that an engine would refuse or ignore. A null means "not set".

    Example: check({"Cmd": "/start.sh"}) raises ValueError("config.Cmd: '/start.sh' is not a list")
    """
    _properties(PROPERTIES)("config", {key: value for key, value in config.items() if value is not None})


def merge(base: Config, config: Config) -> Config:
    """`config` on top of the base image's: Env and maps are merged by key, a null drops what the base sets.

    Example: merge({"Env": ["A=1", "B=1"], "Cmd": ["sh"]}, {"Env": ["B=2"], "Cmd": None}) == {"Env": ["A=1", "B=2"]}
    """
    merged = base | config
    for key in MERGED_MAPS:
        if config.get(key) is not None:
            merged[key] = (base.get(key) or {}) | config[key]
    if config.get("Env") is not None:
        variables = dict(item.split("=", 1) for item in (base.get("Env") or []) + config["Env"])
        merged["Env"] = [f"{key}={value}" for key, value in variables.items()]
    return {key: value for key, value in merged.items() if value is not None}


def _require(condition: Any, where: str, value: Any, wanted: str) -> None:
    if not condition:
        raise ValueError(f"{where}: {value!r} is not {wanted}")


def _text_like(pattern: str, wanted: str) -> Check:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda where, value: _require(isinstance(value, str) and compiled.fullmatch(value), where, value, wanted)


def _list_of(check_item: Check) -> Check:
    def check_list(where: str, value: Any) -> None:
        _require(isinstance(value, list), where, value, "a list")
        for item in value:
            check_item(where, item)

    return check_list


def _map_of(check_key: Check, check_value: Check) -> Check:
    def check_map(where: str, value: Any) -> None:
        _require(isinstance(value, dict), where, value, "a set")
        for key, item in value.items():
            check_key(where, key)
            check_value(f"{where}.{key}", item)

    return check_map


def _properties(checks: dict[str, Check]) -> Check:
    def check_properties(where: str, value: Any) -> None:
        _require(isinstance(value, dict), where, value, "a set")
        for key, item in value.items():
            if key not in checks:
                raise ValueError(f"{where}.{key}: is unknown; known are {', '.join(sorted(checks))}")
            checks[key](f"{where}.{key}", item)

    return check_properties


def _empty(where: str, value: Any) -> None:
    _require(value == {}, where, value, "{ }, the empty set")


def _whole_number(where: str, value: Any) -> None:
    _require(type(value) is int and value >= 0, where, value, "a whole number (durations are nanoseconds)")


def _port(where: str, value: Any) -> None:
    match = re.fullmatch(r"(\d{1,5})(/(tcp|udp|sctp))?", value)
    _require(match and 0 < int(match[1]) < 65536, where, value, "a port such as 80/tcp")


def _test(where: str, value: Any) -> None:
    _list_of(_text)(where, value)
    _require(
        value[:1] in (["NONE"], ["CMD"], ["CMD-SHELL"]), where, value, "a list that begins with NONE, CMD or CMD-SHELL"
    )


_text = _text_like(r"[^\0]*", "a string")
_absolute = _text_like(r"/[^\0]*", "an absolute path")

PROPERTIES: dict[str, Check] = {
    "Cmd": _list_of(_text),
    "Entrypoint": _list_of(_text),
    "Env": _list_of(_text_like(r"[^=\0]+=[^\0]*", "of the form KEY=VALUE")),
    "ExposedPorts": _map_of(_port, _empty),
    "Healthcheck": _properties(
        {"Test": _test}
        | dict.fromkeys(("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"), _whole_number)
    ),
    "Labels": _map_of(_text, _text),
    "StopSignal": _text_like(r"SIG[A-Z0-9+-]+|\d+", "a signal such as SIGTERM"),
    "User": _text,
    "Volumes": _map_of(_absolute, _empty),
    "WorkingDir": _absolute,
}
