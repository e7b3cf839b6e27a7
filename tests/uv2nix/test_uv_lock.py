"""What a user sees of a uv.lock: the wheels that an environment gets, or one line that says why not."""

import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from made_up_lock import complaint, filenames
from made_up_uv_lock import INDEX, PROJECT, PURE, WheelsOf, file, package, project

PURE_WHEEL = "pure-1.0-py3-none-any.whl"


def names(finished: Any) -> list[str]:
    return [name.split("-py3")[0] for name in filenames(finished)]


def test_a_wheel_is_described_for_the_fetcher(wheels_of: WheelsOf) -> None:
    (wheel,) = json.loads(wheels_of(PURE).stdout)
    assert wheel == {
        "project": "pure",
        "version": "1.0",
        "filename": PURE_WHEEL,
        "sha256": PURE["wheels"][0]["hash"].removeprefix("sha256:"),
    }


def test_native_wheels_follow_python_and_machine(wheels_of: WheelsOf) -> None:
    wheels = [f"pure-1.0-cp{py}-cp{py}-manylinux_2_17_{arch}.whl" for py in (39, 313) for arch in ("x86_64", "aarch64")]
    native = package("pure", *wheels, "pure-1.0-cp313-cp313-macosx_11_0_x86_64.whl", PURE_WHEEL)
    assert filenames(wheels_of(native)) == [wheels[0]]
    assert filenames(wheels_of(native, python={"version": "3.13.5", "system": "aarch64-linux"})) == [wheels[3]]
    assert filenames(wheels_of(native, python={"version": "3.12.0"})) == [PURE_WHEEL]
    assert filenames(wheels_of(native, python={"glibc": "2.12"})) == [PURE_WHEEL]


def test_an_escaped_local_version(wheels_of: WheelsOf) -> None:
    local = package("pure", version="1.0+cpu") | {"wheels": [file("pure-1.0%2Bcpu-py3-none-any.whl")]}
    (wheel,) = json.loads(wheels_of(local).stdout)
    assert (wheel["version"], wheel["filename"]) == ("1.0+cpu", "pure-1.0+cpu-py3-none-any.whl")


LAYOUTS: dict[str, Callable[[str], str]] = {
    "tables of several lines": lambda text: text.replace("{ url = ", "{\nurl = ").replace(", hash = ", ",\nhash = "),
    "the same for Windows": lambda text: text.replace("{ url = ", "{\r\nurl = "),
    "literal strings": lambda text: text.replace('"', "'"),
    "quoted keys": lambda text: text.replace("url = ", '"url" = ').replace("hash = ", '"hash" = '),
    "long strings": lambda text: text.replace('url = "', 'url = """').replace('.whl"', '.whl"""'),
    "escapes": lambda text: text.replace("pure-1.0-py3", "pure\\u002d1.0-py3"),
    "comments": lambda text: text.replace(" },", ' }, # it\'s = "x"'),
    "tabs": lambda text: text.replace("    {", "\t{"),
    "one line": lambda text: text.replace("[\n    {", "[{").replace("},\n]", "}]"),
}


@pytest.mark.parametrize("rewrite", LAYOUTS.values(), ids=LAYOUTS)
def test_arrays_in_another_layout(wheels_of: WheelsOf, rewrite: Callable[[str], str]) -> None:
    (wheel,) = json.loads(wheels_of(PURE, rewrite=rewrite).stdout)
    assert wheel["filename"] == PURE_WHEEL and f"sha256:{wheel['sha256']}" == PURE["wheels"][0]["hash"]


def test_where_a_wheel_is(wheels_of: WheelsOf) -> None:
    hash = PURE["wheels"][0]["hash"]
    for where in ({"filename": PURE_WHEEL}, {"path": f"a/it's/{PURE_WHEEL}"}, {"url": f"x://a/{PURE_WHEEL}?b/c#d/e"}):
        assert filenames(wheels_of(PURE | {"wheels": [where | {"hash": hash}]})) == [PURE_WHEEL]


def test_what_the_wanted_packages_lead_to(wheels_of: WheelsOf) -> None:
    edges = [{"name": "leaf", "extra": ["Fast"]}, {"name": "old", "marker": "python_full_version < '3.9'"}]
    packages = [
        PURE | {"dependencies": edges},
        package("leaf") | {"optional-dependencies": {"fast": [{"name": "speed"}], "slow": [{"name": "old"}]}},
        package("speed", dependencies=[{"name": "pure"}]),
        package("old"),
        package("stranger"),
    ]
    assert names(wheels_of(*packages)) == ["pure-1.0", "leaf-1.0", "speed-1.0"]


def test_versions_and_sources_that_an_edge_names(wheels_of: WheelsOf) -> None:
    other = {"registry": "https://other.example/simple"}
    edges = [
        {"name": "pure", "version": "1.0", "source": INDEX, "marker": "python_full_version < '3.11'"},
        {"name": "pure", "version": "2.0", "source": INDEX, "marker": "python_full_version == '3.11.*'"},
        {"name": "pure", "version": "2.0", "source": other, "marker": "python_full_version >= '3.12'"},
    ]
    wheel = "pure-2.0-1-py3-none-any.whl"
    packages = [
        project(*edges),
        PURE,
        package("pure", version="2.0"),
        package("pure", wheel, version="2.0", source=other),
    ]
    assert names(wheels_of(*packages)) == ["pure-1.0"]
    assert names(wheels_of(*packages, python={"version": "3.11.2"})) == ["pure-2.0"]
    assert filenames(wheels_of(*packages, python={"version": "3.13.5"})) == [wheel]
    both = [project(edges[0], edges[1] | {"marker": "os_name == 'posix'"}), *packages[1:]]
    assert "(python_full_version < '3.11'), pure 2.0 (os_name == 'posix') at once" in complaint(wheels_of(*both))
    assert "pure is wanted, and it does not say which" in complaint(wheels_of(project("pure"), *packages[1:]))
    assert "lost is wanted, and it has none; run uv lock" in complaint(wheels_of(project("lost")))


OPTIONS = project("pure") | {
    "optional-dependencies": {"fast": [{"name": "speed"}]},
    "dev-dependencies": {"dev": [{"name": "tool"}]},
    "metadata": {
        "requires-dist": [{"name": "pure"}, {"name": "speed", "marker": "extra == 'fast'"}],
        "provides-extras": ["fast", "none"],
        "requires-dev": {"dev": [{"name": "tool"}]},
    },
}
OPTIONS_TOML: dict[str, Any] = {
    "project": PROJECT["project"] | {"optional-dependencies": {"Fast": ["speed"], "none": []}},
    "dependency-groups": {"dev": ["tool"], "empty": []},
}
PARTS = [OPTIONS, PURE, package("speed"), package("tool")]


def test_groups_and_extras(wheels_of: WheelsOf) -> None:
    pyprojects = {".": OPTIONS_TOML}
    assert names(wheels_of(*PARTS, pyprojects=pyprojects)) == ["pure-1.0"]
    assert names(wheels_of(*PARTS, pyprojects=pyprojects, extras=["FAST", "none"])) == ["pure-1.0", "speed-1.0"]
    assert names(wheels_of(*PARTS, pyprojects=pyprojects, groups=["Dev", "empty"])) == ["tool-1.0"]
    assert names(wheels_of(*PARTS, pyprojects=pyprojects, groups=["main", "dev"])) == ["pure-1.0", "tool-1.0"]
    assert "no group docs; it has dev, empty, main" in complaint(
        wheels_of(*PARTS, pyprojects=pyprojects, groups=["docs"])
    )
    assert "no extra full; it has fast, none" in complaint(wheels_of(*PARTS, pyprojects=pyprojects, extras=["full"]))
    assert "no extra full; it has none" in complaint(wheels_of(PURE, extras=["full"]))


def test_extras_and_groups_that_exclude_each_other(wheels_of: WheelsOf) -> None:
    cpu = "extra == 'extra-3-app-cpu' or (extra == 'extra-3-app-gpu' and extra == 'group-3-app-dev')"
    app = project({"name": "pure", "marker": "extra != 'extra-3-app-cpu' and extra != 'extra-3-app-gpu'"}) | {
        "optional-dependencies": {
            "cpu": [{"name": "torch", "version": "1.0", "source": INDEX, "marker": cpu}],
            "gpu": [{"name": "torch", "version": "2.0", "source": INDEX, "marker": "extra == 'extra-3-app-gpu'"}],
        },
        # What a group wants of the project itself counts, too.
        "dev-dependencies": {"dev": [{"name": "app", "extra": ["cpu"]}]},
    }
    sets = [[{"package": "app", "extra": "cpu"}, {"package": "app", "extra": "gpu"}]]
    packages = [app, PURE, package("torch"), package("torch", version="2.0")]

    def chosen(**wishes: Any) -> Any:
        return wheels_of(*packages, head={"conflicts": sets}, **wishes)

    assert names(chosen()) == ["pure-1.0"]
    assert names(chosen(extras=["cpu"])) == ["torch-1.0"]
    assert names(chosen(extras=["gpu"])) == ["torch-2.0"]
    assert names(chosen(groups=["main", "dev"])) == ["torch-1.0"]
    line = complaint(chosen(extras=["cpu", "gpu"]))
    assert "extra cpu of app and extra gpu of app exclude each other; ask for one of them" in line
    assert "exclude each other" in complaint(chosen(groups=["main", "dev"], extras=["gpu"]))


def member(name: str, *dependencies: Any, **tables: Any) -> dict[str, Any]:
    return project(*dependencies, name=name, source={"editable": f"parts/{name}"}, **tables)


def test_a_workspace(wheels_of: WheelsOf) -> None:
    head = {"manifest": {"members": ["app", "lib", "other"]}}
    packages = [project("lib"), member("lib", "pure"), member("other", "tool"), PURE, package("tool")]
    pyprojects = {
        ".": {"project": {"name": "app", "version": "1", "dependencies": ["lib"]}},
        "parts/lib": {"project": {"name": "lib", "version": "1", "dependencies": ["pure"]}},
        "parts/other": {"project": {"name": "other", "version": "1", "dependencies": ["tool"]}},
    }

    def chosen(**wishes: Any) -> Any:
        return wheels_of(*packages, head=head, pyprojects=pyprojects, **wishes)

    # Their code is the app's, unless a wheel of it is given.
    assert names(chosen()) == ["pure-1.0"]
    assert names(chosen(member="Other")) == ["tool-1.0"]
    assert names(chosen(wheels={"lib": "/x/lib-1-py3-none-any.whl"})) == ["lib-1", "pure-1.0"]
    line = complaint(chosen(member="pure"))
    assert "pure is not among the workspace's members, which are app, lib, other; name one of these" in line


def test_a_workspace_without_a_project(wheels_of: WheelsOf) -> None:
    groups = {"dev": [{"name": "tool", "specifier": ">=1"}, {"name": "old", "marker": "python_full_version < '3'"}]}
    head = {"manifest": {"members": ["lib"], "dependency-groups": groups}}
    forks = [
        package("tool") | {"resolution-markers": ["python_full_version < '3.11'"]},
        package("tool", version="2.0") | {"resolution-markers": ["python_full_version >= '3.11'"]},
    ]
    packages = [project("pure", name="lib", source={"editable": "parts/lib"}), PURE, *forks, package("old")]
    pyprojects = {
        ".": {"tool": {"uv": {"workspace": {"members": ["parts/*"]}}}, "dependency-groups": {"dev": ["tool>=1"]}},
        "parts/lib": {"project": {"name": "lib", "version": "1", "dependencies": ["pure"]}},
    }

    def chosen(**wishes: Any) -> Any:
        return wheels_of(*packages, project(name="app"), head=head, pyprojects=pyprojects, **wishes)

    assert names(chosen()) == ["pure-1.0"]
    assert names(chosen(groups=["dev"])) == ["tool-1.0"]
    assert names(chosen(groups=["main", "dev"], python={"version": "3.13.5"})) == ["pure-1.0", "tool-2.0"]


def test_a_lock_holds_for_its_pythons_and_systems(wheels_of: WheelsOf) -> None:
    line = complaint(wheels_of(PURE, head={"requires-python": ">=3.10, <4"}))
    assert "made for Python >=3.10, <4, not 3.9.2; change requires-python in pyproject.toml and run uv lock" in line
    assert filenames(wheels_of(PURE, head={"requires-python": "==3.9.*"})) == [PURE_WHEEL]
    assert "is no range" in complaint(wheels_of(PURE, head={"requires-python": "3.9"}))
    markers = ["sys_platform == 'win32'", "platform_machine == 'aarch64'"]
    assert "made for other systems" in complaint(wheels_of(PURE, head={"supported-markers": markers}))
    arm = wheels_of(PURE, head={"supported-markers": markers}, python={"system": "aarch64-linux"})
    assert filenames(arm) == [PURE_WHEEL]


def test_formats(wheels_of: WheelsOf) -> None:
    assert filenames(wheels_of(PURE, head={"revision": 99})) == [PURE_WHEEL]
    assert "version 2 is not 1, which is read here; run uv lock with" in complaint(wheels_of(PURE, head={"version": 2}))
    assert "no version; run uv lock" in complaint(wheels_of(PURE, head={"version": "1"}))
    assert "project/parts/lib/pyproject.toml is not there" in complaint(
        wheels_of(project("lib"), member("lib"), head={"manifest": {"members": ["app", "lib"]}})
    )


def test_one_line_names_all_that_have_no_wheel(wheels_of: WheelsOf) -> None:
    windows = [f"native-1.0-cp3{minor}-cp3{minor}-win_amd64.whl" for minor in range(6)]
    packages = [
        project("native", "cloned", "linked", "local", "foreign", "pure"),
        package("native", *windows),
        {"name": "cloned", "version": "1.0", "source": {"git": f"https://git.example/cloned#{'0' * 40}"}},
        {"name": "linked", "source": {"url": "https://files.example/linked.zip"}},
        {"name": "local", "version": "1.0", "source": {"directory": "../local"}},
        {"name": "foreign", "version": "1.0", "source": {"url": f"https://files.example/{windows[0]}"}},
        PURE,
    ]
    line = complaint(wheels_of(*packages))
    assert "native 1.0: no wheel fits Python 3.9.2 on x86_64-linux with glibc 2.31; " in line
    assert f"the lock offers: {windows[0]}, " in line and " and 2 more; " in line
    assert "linked: linked.zip: no hash is not a sha256; " in line
    assert "local 1.0: ../local is not there; if git does not track it, add it; " in line
    assert f"foreign 1.0: {windows[0]} does not fit Python 3.9.2 on x86_64-linux" in line
    assert line.endswith("give wheels.native = ./native-VERSION-py3-none-any.whl")
    assert "pure" not in line and "cloned" not in line
    cure = {name: f"/x/{name}-1.0-py3-none-any.whl" for name in ("native", "cloned", "Linked", "local", "foreign")}
    found = json.loads(wheels_of(*packages, wheels=cure).stdout)
    given = {wheel["project"]: wheel["path"] for wheel in found if "path" in wheel}
    assert given == {name.lower(): path for name, path in cure.items()}
    assert [wheel["filename"] for wheel in found if "sha256" in wheel] == [PURE_WHEEL]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/x/other-1.0-py3-none-any.whl", "is no wheel of pure; name a file such as pure-VERSION-py3-none-any.whl"),
        ("/x/pure-1.0.tar.gz", "is no wheel of pure"),
        ("/x/pure-2.0-py3-none-any.whl", "is not version 1.0, which the lock has"),
        ("/x/pure-1.0-cp313-cp313-win_amd64.whl", "does not fit Python 3.9.2 on x86_64-linux"),
    ],
)
def test_a_wheel_that_is_given_in_vain(wheels_of: WheelsOf, path: str, says: str) -> None:
    line = complaint(wheels_of(PURE, wheels={"pure": path}))
    assert "uv.lock: wheels.pure: " in line and says in line


def test_given_wheels_have_the_names_that_the_store_adds_to(wheels_of: WheelsOf) -> None:
    path = f"{os.environ.get('NIX_STORE_DIR', '/nix/store')}/{'0' * 32}-pure-1.0+local-py3-none-any.whl"
    (wheel,) = json.loads(wheels_of(PURE, wheels={"PURE": path}).stdout)
    assert wheel["filename"] == "pure-1.0+local-py3-none-any.whl" and wheel["path"] == path
    assert "wheels.prue: the lock has no such package; remove it" in complaint(wheels_of(PURE, wheels={"prue": path}))
