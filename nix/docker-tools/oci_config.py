"""The `config` of an image: what a user may write, and how it builds on the config of a base image.

Properties as in the OCI image specification (config.md); Healthcheck is Docker's extension.
"""

import re
from collections.abc import Callable
from typing import Any

Config = dict[str, Any]
MERGED_MAPS = ("ExposedPorts", "Labels", "Volumes")


def check(config: Config) -> None:
    """Raise ValueError for the first property that an engine would refuse, or ignore."""
    for key, value in config.items():
        if key not in CHECKS:
            raise ValueError(f"config.{key}: is unknown; known are {', '.join(sorted(CHECKS))}")
        if value is not None:
            CHECKS[key](f"config.{key}", value)


def merge(base: Config, config: Config) -> Config:
    """`config` on top of the base image's: Env and maps are merged by key, null drops what the base sets."""
    merged = base | config
    for key in MERGED_MAPS:
        if config.get(key) is not None:
            merged[key] = (base.get(key) or {}) | config[key]
    if config.get("Env") is not None:
        variables = [item.partition("=") for item in (base.get("Env") or []) + config["Env"]]
        merged["Env"] = [f"{key}={value}" for key, value in {key: value for key, _, value in variables}.items()]
    return {key: value for key, value in merged.items() if value is not None}


def _matches(pattern: str, wanted: str) -> Callable[[str, Any], None]:
    compiled = re.compile(pattern, re.DOTALL)

    def check_text(where: str, value: Any) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"{where}: {value!r} is not {wanted}")

    return check_text


def _each(check_item: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    def check_list(where: str, value: Any) -> None:
        if not isinstance(value, list):
            raise ValueError(f"{where}: {value!r} is not a list")
        for item in value:
            check_item(where, item)

    return check_list


def _map(check_key: Callable[[str, Any], None], check_value: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    def check_map(where: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{where}: {value!r} is not a set")
        for key, item in value.items():
            check_key(where, key)
            check_value(f"{where}.{key}", item)

    return check_map


def _empty(where: str, value: Any) -> None:
    if value != {}:
        raise ValueError(f"{where}: {value!r} is not {{ }}, the empty set")


def _whole_number(where: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"{where}: {value!r} is not a whole number (durations are nanoseconds)")


def _port(where: str, value: Any) -> None:
    match = re.fullmatch(r"(\d{1,5})(/(tcp|udp|sctp))?", value)
    if not match or not 0 < int(match[1]) < 65536:
        raise ValueError(f"{where}: {value!r} is not a port such as 80/tcp")


def _test(where: str, value: Any) -> None:
    _each(_text)(where, value)
    if value[:1] not in (["NONE"], ["CMD"], ["CMD-SHELL"]):
        raise ValueError(f"{where}: does not begin with NONE, CMD or CMD-SHELL")


HEALTHCHECK: dict[str, Callable[[str, Any], None]] = {
    "Test": _test,
    **dict.fromkeys(("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"), _whole_number),
}


def _healthcheck(where: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise ValueError(f"{where}: {value!r} is not a set")
    for key, item in value.items():
        if key not in HEALTHCHECK:
            raise ValueError(f"{where}.{key}: is unknown; known are {', '.join(sorted(HEALTHCHECK))}")
        HEALTHCHECK[key](f"{where}.{key}", item)


_text = _matches(r"[^\0]*", "a string")
_absolute = _matches(r"/[^\0]*", "an absolute path")

CHECKS: dict[str, Callable[[str, Any], None]] = {
    "Cmd": _each(_text),
    "Entrypoint": _each(_text),
    "Env": _each(_matches(r"[^=\0]+=[^\0]*", "of the form KEY=VALUE")),
    "ExposedPorts": _map(_port, _empty),
    "Healthcheck": _healthcheck,
    "Labels": _map(_text, _text),
    "StopSignal": _matches(r"SIG[A-Z0-9+-]+|\d+", "a signal such as SIGTERM"),
    "User": _text,
    "Volumes": _map(_absolute, _empty),
    "WorkingDir": _absolute,
}
