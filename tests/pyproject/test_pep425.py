"""Names of wheels and the choice between them, compared with `packaging`."""

from functools import cache
from typing import Any

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

# PEP 600: the glibc 2.x that the older names stand for
LEGACY = {5: ["manylinux1"], 12: ["manylinux2010"], 17: ["manylinux2014"]}


def platforms(arch: str, glibc: str) -> list[str]:
    """Platform tags, best first; the oldest glibc is that of manylinux1, which only x86 had, or manylinux2014."""
    tags = []
    for minor in range(int(glibc.removeprefix("2.")), 4 if arch == "x86_64" else 16, -1):
        names = [f"manylinux_2_{minor}", *LEGACY.get(minor, [])]
        tags += [f"{name}_{arch}" for name in names]
    return [*tags, f"linux_{arch}"]


@cache
def ranks(version: str, arch: str, glibc: str) -> dict[Tag, int]:
    minor = int(version.split(".")[1])
    available = platforms(arch, glibc)
    tags = [
        *cpython_tags((3, minor), abis=[f"cp3{minor}"], platforms=available),
        *compatible_tags((3, minor), f"cp3{minor}", available),
    ]
    return {tag: rank for rank, tag in enumerate(tags)}


def fit(filename: str, case: dict[str, Any]) -> tuple[int, tuple[int, str] | tuple[()]] | None:
    """The best rank of a wheel and its build tag, or None."""
    known = ranks(case["version"], case["arch"], case["glibc"])
    try:
        _, _, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    found = [known[tag] for tag in tags if tag in known]
    return (min(found), build) if found else None


def test_platforms_that_fit_a_glibc(cases: dict[str, Any]) -> None:
    for case in cases["platforms"]:
        assert case["tags"] == platforms(case["arch"], case["glibc"]), case
    assert any(len(case["tags"]) == 1 for case in cases["platforms"])


def test_the_same_wheels_fit(cases: dict[str, Any]) -> None:
    fitting = 0
    for case in cases["wheels"]:
        assert case["fits"] == (fit(case["filename"], case) is not None), case
        fitting += case["fits"]
    assert len(cases["wheels"]) / 20 < fitting < len(cases["wheels"]) / 2


def test_names_of_wheels_are_told_from_others(cases: dict[str, Any]) -> None:
    for case in cases["wheels"]:
        try:
            parse_wheel_filename(case["filename"])
        except InvalidWheelFilename:
            assert not case["valid"], case
        else:
            assert case["valid"], case


def test_the_best_wheel_is_chosen(cases: dict[str, Any]) -> None:
    made_a_choice = 0
    for case in cases["choices"]:
        fits = {file: found for file in case["files"] if (found := fit(file, case))}
        if not fits:
            assert case["best"] is None, case
            continue
        best_rank = min(rank for rank, _ in fits.values())
        best_build = max(build for rank, build in fits.values() if rank == best_rank)
        assert fits.get(case["best"]) == (best_rank, best_build), case
        made_a_choice += len(set(fits.values())) > 1
    assert made_a_choice > len(cases["choices"]) / 10
