"""compile.py on made-up trees, and what the interpreter then does with the bytecode."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

COMPILE = Path(__file__).parents[2] / "nix" / "python" / "compile.py"
SITE = f"lib/python3.{sys.version_info.minor}/site-packages"

PROGRAM = """
import json, os, pathlib, runpy, sys
path, spec, out, cpus = sys.argv[1:]
sys.path.insert(0, os.path.dirname(path))
os.cpu_count = lambda: int(cpus)
runpy.run_path(path)["build"](json.loads(spec), pathlib.Path(out))
"""

# The order of a set is in its bytecode.
MODULE = """
NAMES = {"a", "b", "c", "d", "e"}

def find(name, *, where=("usr", "lib")):
    return name in {"x", "y", "z", "usr"} and NAMES or where
"""


def write(root: Path, files: dict[str, str]) -> Path:
    """A tree; content that begins with "-> " is the target of a symbolic link."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_text(content)
    return root


@dataclass
class Compiler:
    """Runs the program in `root`, each time with an output of its own."""

    root: Path
    runs: int = 0

    def __call__(self, *trees: tuple[Path, str], cpus: int = 2) -> Path:
        """The folder of the bytecode of trees, each with the prefix where it is installed."""
        self.runs += 1
        out = self.root / f"bytecode-{self.runs}"
        spec = {"trees": [{"path": str(path), "prefix": prefix} for path, prefix in trees]}
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(COMPILE), json.dumps(spec), str(out), str(cpus)],
            env=os.environ | {"PYTHONHASHSEED": "0"},
            check=True,
            timeout=60,
        )
        return out

    def install(self, tree: Path) -> Path:
        """The folder where the tree stands with its bytecode, as in an image."""
        prefix = self.root / "installed"
        out = self((tree, str(prefix)))
        shutil.copytree(tree, prefix)
        shutil.copytree(out / prefix.relative_to("/"), prefix, dirs_exist_ok=True)
        return prefix


@pytest.fixture
def compiler(tmp_path: Path) -> Compiler:
    return Compiler(tmp_path)


def run(prefix: Path, *arguments: str) -> str:
    """What the interpreter that has the installed packages prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONPATH"] = str(prefix / SITE)
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cached(name: str) -> str:
    """Where the bytecode of a source belongs."""
    return importlib.util.cache_from_source(name)


def test_python_takes_the_bytecode_and_leaves_the_source_alone(compiler: Compiler, tmp_path: Path) -> None:
    files = {f"{SITE}/shop/__init__.py": "", f"{SITE}/shop/till.py": "TOTAL = 7\n"}
    prefix = compiler.install(write(tmp_path / "tree", files))
    (prefix / SITE / "shop/till.py").write_text("syntax error")
    assert run(prefix, "-c", "import shop.till; print(shop.till.TOTAL)") == "7\n"


def test_an_edit_of_a_configuration_file_counts(compiler: Compiler, tmp_path: Path) -> None:
    """Debian links such a module from the library to /etc."""
    tree = write(tmp_path / "tree", {"etc/till.py": "TOTAL = 7\n", f"{SITE}/till.py": "-> ../../../etc/till.py"})
    prefix = write(tmp_path / "installed", {f"{SITE}/till.py": "TOTAL = 7\n"})
    shutil.copytree(compiler((tree, "usr")) / "usr", prefix, dirs_exist_ok=True)
    shown = run(prefix, "-v", "-c", "import till")
    assert f"# {prefix}/{cached(f'{SITE}/till.py')} matches {prefix}/{SITE}/till.py" in shown
    (prefix / SITE / "till.py").write_text("TOTAL = 8\n")
    assert run(prefix, "-c", "import till; print(till.TOTAL)") == "8\n"


def test_the_same_bytes_whatever_the_machine(compiler: Compiler, tmp_path: Path) -> None:
    files = {f"{SITE}/module{number:02}.py": MODULE * (number % 3 + 1) for number in range(70)}
    tree = write(tmp_path / "tree", files)
    moved = write(tmp_path / "another" / "place", dict(reversed(files.items())))
    expected = contents(compiler((tree, "usr"), cpus=1))
    assert expected.keys() == {f"usr/{cached(name)}" for name in files}
    assert contents(compiler((moved, "usr"), cpus=3)) == expected


def test_what_is_no_python_stays_without_bytecode(compiler: Compiler, tmp_path: Path) -> None:
    bad = {f"{SITE}/template.py": "class {{ name }}:\n", f"{SITE}/nul.py": "\0", f"{SITE}/latin.py": "x = '\udcff'\n"}
    good = {f"{SITE}/after.py": "x = 1\n"}
    tree = write(tmp_path / "tree", good | dict.fromkeys(bad, ""))
    for name, content in bad.items():
        (tree / name).write_bytes(content.encode(errors="surrogateescape"))
    assert contents(compiler((tree, ""))).keys() == {cached(name) for name in good}


def test_only_files_of_the_tree_are_compiled(compiler: Compiler, tmp_path: Path) -> None:
    """A folder is called as a source is, a link leads nowhere, in a circle or out of the tree."""
    (tmp_path / "outside.py").write_text("x = 1\n")
    files = {
        f"{SITE}/folder.py/inner.py": "x = 1\n",
        f"{SITE}/dangling.py": "-> nothing",
        f"{SITE}/circle.py": "-> circle.py",
        f"{SITE}/device.py": "-> /dev/zero",
        f"{SITE}/outside.py": f"-> {tmp_path}/outside.py",
        f"{SITE}/climbing.py": "-> ../../../../outside.py",
        f"{SITE}/through.py": "-> climbing.py",
        f"{SITE}/missing.py": "-> /etc/missing.py",
        f"{SITE}/shared.py": "-> ../../../usr/share/shared.py",
        "usr/share/shared.py": "x = 1\n",
    }
    tree = write(tmp_path / "tree", files)
    os.mkfifo(tree / SITE / "pipe.py")
    compiled = {f"{SITE}/folder.py/inner.py", f"{SITE}/shared.py"}
    assert contents(compiler((tree, ""))).keys() == {cached(name) for name in compiled}


def test_sources_that_are_too_much_for_the_compiler(compiler: Compiler, tmp_path: Path) -> None:
    bad = {
        "brackets": "(" * 100_000,
        "signs": "-" * 1_000_000 + "1",
        "calls": "f" + "()" * 100_000,
        "blocks": "".join(" " * depth + "if x:\n" for depth in range(150)),
        "digits": "9" * 100_000,
        "lists": "[" * 150 + "]" * 150,
    }
    tree = write(tmp_path / "tree", {f"{SITE}/{name}.py": text for name, text in bad.items()} | {f"{SITE}/z.py": ""})
    assert cached(f"{SITE}/z.py") in contents(compiler((tree, "")))


CRASHING = PROGRAM.replace(
    'runpy.run_path(path)["build"](',
    'build = runpy.run_path(path)["build"]\nbuild.__globals__["compile_file"] = lambda *job: os.abort()\nbuild(',
)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (PROGRAM, "'/{SITE}/{long}.py' can't be read, or its bytecode can't be written"),
        (CRASHING, "the compiler crashes on a file from '/{SITE}/a.py' to '/{SITE}/{long}.py'"),
    ],
)
def test_a_failure_names_the_source(tmp_path: Path, program: str, message: str) -> None:
    long = "n" * 240
    tree = write(tmp_path / "tree", {f"{SITE}/{name}.py": "" for name in ("a", "b", long)})
    spec = json.dumps({"trees": [{"path": str(tree), "prefix": ""}]})
    finished = subprocess.run(
        [sys.executable, "-c", program, str(COMPILE), spec, str(tmp_path / "out"), "2"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Only ValueError becomes one line where the program meets Nix.
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith("ValueError: " + message.format(SITE=SITE, long=long))


def test_a_tree_that_is_too_deep(tmp_path: Path) -> None:
    folder = write(tmp_path / "tree", {f"{SITE}/a.py": ""}) / SITE
    folders = [folder.joinpath(*"d" * depth) for depth in range(1, 1100)]
    for deeper in folders:
        deeper.mkdir()
    spec = json.dumps({"trees": [{"path": str(tmp_path / "tree"), "prefix": ""}]})
    arguments = [sys.executable, "-c", PROGRAM, str(COMPILE), spec, str(tmp_path / "out"), "2"]
    finished = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert finished.stderr.splitlines()[-1].startswith("ValueError: a tree has too many folders inside each other")
    assert not (tmp_path / "out").exists()
    for deeper in reversed(folders):
        deeper.rmdir()


def test_libraries_alone_are_compiled_and_each_once(compiler: Compiler, tmp_path: Path) -> None:
    debian = write(
        tmp_path / "debian",
        {"lib": "-> usr/lib", "usr/lib/python3/dist-packages/a.py": "", "usr/share/doc/b.py": "", "usr/bin/c.py": ""},
    )
    env = write(tmp_path / "env", {f"{SITE}/d.py": "", "bin/e.py": ""})
    out = compiler((debian, ""), (env, "usr/local"))
    assert contents(out).keys() == {cached("usr/lib/python3/dist-packages/a.py"), cached(f"usr/local/{SITE}/d.py")}
