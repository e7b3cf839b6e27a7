"""The `config` of an image: what a user may write, and how it builds on the config of a base image.

Properties as in the OCI image specification (config.md); Healthcheck, OnBuild and Shell are Docker's extensions.
"""

import re
from typing import Any

from value_checks import Check, list_of, map_of, optional, properties, require, text, text_like, whole_number

Config = dict[str, Any]
# The properties that an image adds to those of its base, instead of replacing them.
MERGED_MAPS = ("ExposedPorts", "Labels", "Volumes")


def check(config: Any) -> None:
    """Raise ValueError for the first property that an engine would refuse or ignore. A null means "not set".

    Example: check({"Cmd": "/start.sh"}) raises ValueError("config.Cmd: '/start.sh' is not a list")
    """
    properties({key: optional(check) for key, check in PROPERTIES.items()})("config", config)


def check_inherited(where: str, config: Any) -> None:
    """Raise ValueError for the first property of a base image's config whose form an engine would refuse.

    What it means is up to its maker: properties that are unknown here are inherited as they are.
    """
    properties({key: optional(check) for key, check in INHERITED.items()}, others=True)(where, config)


def merge(base: Config, config: Config) -> Config:
    """`config` on top of the base image's: Env and maps are merged by key, a null drops what the base sets.

    As in a Dockerfile, an Entrypoint without a Cmd drops that of the base, whose arguments are for another program.

    Example: merge({"Env": ["A=1", "B=1"], "Cmd": ["sh"]}, {"Env": ["B=2"], "Cmd": None}) == {"Env": ["A=1", "B=2"]}
    """
    merged = base | config
    for key in MERGED_MAPS:
        if config.get(key) is not None:
            merged[key] = (base.get(key) or {}) | config[key]
    if config.get("Env") is not None:
        variables = {item.partition("=")[0]: item for item in (base.get("Env") or []) + config["Env"]}
        merged["Env"] = list(variables.values())
    if config.get("Entrypoint") is not None and "Cmd" not in config:
        merged["Cmd"] = None
    return {key: value for key, value in merged.items() if value is not None}


def _empty(where: str, value: Any) -> None:
    require(value == {}, where, value, "{ }, the empty set")


def _duration(where: str, value: Any) -> None:
    require(type(value) is int and 0 <= value < 2**63, where, value, "a whole number (durations are nanoseconds)")


def _port(where: str, value: Any) -> None:
    match = re.fullmatch(r"([0-9]{1,5})(/(tcp|udp|sctp))?", value)
    require(match and 0 < int(match[1]) < 65536, where, value, "a port such as 80/tcp")


def _test(where: str, value: Any) -> None:
    list_of(text)(where, value)
    require(
        value[:1] in (["NONE"], ["CMD"], ["CMD-SHELL"]), where, value, "a list that begins with NONE, CMD or CMD-SHELL"
    )


_absolute = text_like(r"/[^\0]*", "an absolute path")

PROPERTIES: dict[str, Check] = {
    "Cmd": list_of(text),
    "Entrypoint": list_of(text),
    "Env": list_of(text_like(r"[^=\0]+=[^\0]*", "of the form KEY=VALUE")),
    "ExposedPorts": map_of(_port, _empty),
    "Healthcheck": properties(
        {"Test": _test}
        | dict.fromkeys(("Interval", "Timeout", "StartPeriod", "StartInterval"), _duration)
        | {"Retries": whole_number}
    ),
    "Labels": map_of(text, text),
    "OnBuild": list_of(text),
    "Shell": list_of(text),
    "StopSignal": text_like(r"SIG[A-Z0-9+-]+|[0-9]+", "a signal such as SIGTERM"),
    "User": text,
    "Volumes": map_of(_absolute, _empty),
    "WorkingDir": _absolute,
}

_set = properties({}, others=True)

INHERITED: dict[str, Check] = (
    dict.fromkeys(("Cmd", "Entrypoint"), list_of(text))
    | {"Env": PROPERTIES["Env"]}
    | dict.fromkeys(("StopSignal", "User", "WorkingDir"), text)
    | {"ExposedPorts": _set, "Healthcheck": _set, "Labels": map_of(text, text), "Volumes": _set}
)
