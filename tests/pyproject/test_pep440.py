"""Versions and specifiers, compared with `packaging`."""

from typing import Any

from packaging.specifiers import InvalidSpecifier, Specifier
from packaging.version import InvalidVersion, Version

ORDER = ("<", "<=", ">", ">=")


def parse(version: str) -> Version | None:
    try:
        return Version(version)
    except InvalidVersion:
        return None


def contains(case: dict[str, Any]) -> bool | None:
    # Where an order is asked for, packaging takes no ".*", which old metadata has all the same.
    operand = case["operand"].removesuffix(".*") if case["operator"] in ORDER else case["operand"]
    try:
        return Specifier(case["operator"] + operand).contains(case["version"], prereleases=True)
    except InvalidSpecifier:
        return None


def test_versions_are_read_and_ordered_alike(cases: dict[str, Any]) -> None:
    seen = set()
    for case in cases["versions"]:
        left, right = parse(case["left"]), parse(case["right"])
        assert case["valid"] == (left is not None), case
        less = None if left is None or right is None else left < right
        assert case["less"] == less, case
        seen.add(less)
    assert seen == {True, False, None}


def test_specifiers_contain_the_same_versions(cases: dict[str, Any]) -> None:
    seen = set()
    for case in cases["specifiers"]:
        expected = contains(case)
        assert case["contains"] == expected, case
        seen.add((case["operator"], expected))
    assert {expected for operator, expected in seen if operator != "==="} == {True, False, None}
    assert {operator for operator, expected in seen if expected} == {"==", "!=", "<=", ">=", "<", ">", "~=", "==="}
