"""The CPU cores that gunicorn_conf.py counts, on made-up cgroup trees.

A tree is written from a model of the limits in it, from which the number of cores follows without any file.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from gunicorn_settings import cpu_count

V1_FILES = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
OTHER_V1_LINES = ("11:memory:/a", "9:name=systemd:/b:c", "3:cpuset:/", "2:cpuacct,net_cls:/x")


@dataclass(frozen=True)
class Cgroup:
    """How many cores it allows, None for no limit, and the files that say so, by name."""

    cores: Fraction | None
    files: dict[str, str]


@dataclass(frozen=True)
class Tree:
    """The cgroups that hold a process, the root first, and how it sees them.

    `names` are those of the cgroups below the root. `folder` is that of the v1 controller below the mount, and
    `controllers` what /proc/self/cgroup calls it; both are empty in v2. `others` are the further lines of that file.

    In a container, that file tells the whole path, while the mount shows the cgroups from the depth `top` on: so the
    path leads to the topmost of them alone.
    """

    cgroups: list[Cgroup]
    names: list[str]
    folder: str
    controllers: str
    others: list[str]
    top: int

    @property
    def visible(self) -> list[Cgroup]:
        return self.cgroups[self.top : self.top + 1] if self.top else self.cgroups

    def cores(self, affinity: int) -> int:
        return min([affinity, *(ceil(cgroup.cores) for cgroup in self.visible if cgroup.cores)])

    def write(self, root: Path) -> tuple[Path, Path]:
        """Lay it out below a folder; what stands for /proc/self/cgroup and for /sys/fs/cgroup."""
        mount = root / "mount"
        folder = mount / self.folder
        folder.mkdir(parents=True)
        if "," in self.folder:
            for controller in self.folder.split(","):
                (mount / controller).symlink_to(folder)
        for name, cgroup in zip(["", *self.names[self.top :]], self.cgroups[self.top :], strict=False):
            folder /= name
            folder.mkdir(exist_ok=True)
            for file, text in cgroup.files.items():
                (folder / file).write_text(text, "latin-1")
        line = f"{4 if self.controllers else 0}:{self.controllers}:/{'/'.join(self.names)}"
        proc = root / "proc"
        proc.write_text("\n".join([*self.others, line, ""]))
        return proc, mount


def v1(quota: str, period: str) -> dict[str, str]:
    return dict(zip(V1_FILES, (f"{quota}\n", f"{period}\n"), strict=True))


def v2(quota: str, period: str) -> dict[str, str]:
    return {"cpu.max": f"{quota} {period}\n"}


@st.composite
def cgroups(draw: st.DrawFn, files: Callable[[str, str], dict[str, str]]) -> Cgroup:
    """With files as v1() or v2() make them. The kernel's bounds: a period of 1 ms to 1 s, a quota of 1 ms or more."""
    kind = draw(st.sampled_from(["whole", "any", "none"]))
    if kind == "none":
        unlimited = [{}, files("max", "100000"), files("-1", "100000"), files("half", "100000"), files("100000", "0")]
        broken = [dict.fromkeys(files("", ""), text) for text in ("", "1 2 3\n", "\xff\n")]
        return Cgroup(None, draw(st.sampled_from([*unlimited, *broken, {V1_FILES[0]: "100000\n"}])))
    period = 100_000 if kind == "whole" else draw(st.integers(1000, 1_000_000))
    quota = draw(st.integers(1, 64)) * period if kind == "whole" else draw(st.integers(1000, 9_000_000))
    return Cgroup(Fraction(quota, period), files(str(quota), str(period)))


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    version = draw(st.sampled_from(["v1", "v2", "hybrid"]))
    others = list(OTHER_V1_LINES) if version != "v2" else []
    if version == "hybrid":
        others.append("0::/user.slice/b")
    # Where two controllers are mounted together, some kernels name them the other way round than the folder.
    layouts = [("cpu", "cpu"), ("cpu,cpuacct", "cpu,cpuacct"), ("cpu,cpuacct", "cpuacct,cpu")]
    folder, controllers = draw(st.sampled_from(layouts)) if version != "v2" else ("", "")
    nested = draw(st.lists(cgroups(v2 if version == "v2" else v1), min_size=1, max_size=5))
    count = len(nested) - 1
    name = st.text("ab:, é-", min_size=1, max_size=5)
    names = draw(st.lists(name, min_size=count, max_size=count, unique=True))
    return Tree(nested, names, folder, controllers, draw(st.permutations(others)), draw(st.integers(0, count)))


@given(trees(), st.integers(1, 128))
@example(Tree([Cgroup(Fraction(1), v1("100000", "100000"))], [], "cpu,cpuacct", "cpuacct,cpu", [], 0), 2)
def test_the_smallest_limit_counts(tree: Tree, affinity: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert cpu_count(*tree.write(Path(folder)), affinity) == tree.cores(affinity)


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    """Sandboxes such as gVisor's may have none."""
    assert cpu_count(tmp_path / "proc", tmp_path / "mount", affinity=3) == 3
    (tmp_path / "proc").write_text("")
    assert cpu_count(tmp_path / "proc", tmp_path / "mount", affinity=3) == 3
