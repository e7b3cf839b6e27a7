"""Environments and markers, compared with `packaging`."""

import re
from typing import Any

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, default_environment

# Where an order is asked for, packaging compares such a value letter by letter, as no version.
STARRED = re.compile(
    r"""\b(python_version|python_full_version|platform_release|implementation_version)
                         (\s*[<>]=?\s*['"][0-9.]+)[.][*](?=['"])""",
    re.VERBOSE,
)


def holds(marker: str, environment: dict[str, Any]) -> bool | None:
    extra = environment["extra"]
    try:
        return Marker(STARRED.sub(r"\1\2", marker)).evaluate(environment | {"extra": extra[0] if extra else ""})
    except (InvalidMarker, UndefinedComparison):
        return None


def test_an_environment_has_every_variable(cases: dict[str, Any]) -> None:
    host: dict[str, Any] = {**default_environment()}
    anywhere = ["os_name", "sys_platform", "platform_system", "platform_python_implementation", "implementation_name"]
    for environment in cases["environments"]:
        assert environment.keys() - {"extra"} == host.keys()
        assert {name: environment[name] for name in anywhere} == {name: host[name] for name in anywhere}
        assert environment["python_full_version"].startswith(environment["python_version"] + ".")
    assert {environment["platform_machine"] for environment in cases["environments"]} == {"x86_64", "aarch64"}
    assert "3.10" in {environment["python_version"] for environment in cases["environments"]}


def test_markers_hold_in_the_same_environments(cases: dict[str, Any]) -> None:
    results = []
    for case in cases["markers"]:
        expected = holds(case["marker"], cases["environments"][case["environment"]])
        assert case["holds"] == expected, case
        results.append(expected)
    assert min(results.count(value) for value in (True, False, None)) > len(results) / 20
