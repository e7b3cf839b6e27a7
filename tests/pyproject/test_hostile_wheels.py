"""Wheels that are broken, or made to harm: each ends in one line that names it, and leaves nothing."""

import re
import struct
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wheel_checks
from made_up_wheel import installed, made_up_wheel

Files = dict[str, bytes]

INFO = "x-1.0.dist-info"
ENTRY_POINTS = f"{INFO}/entry_points.txt"


def refusal(tmp_path: Path, *wheels: dict[str, str]) -> str:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError) as caught:
        installed(tmp_path / "out", *wheels)
    assert sorted(tmp_path.rglob("*")) == before
    line = str(caught.value)
    assert line.isprintable() and line.startswith(f"{wheels[-1]['filename']}: ") and len(line) < 1000
    return line


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x-1.0.data/evil/run": b""}, "x-1.0.data/evil/run is in no folder for one of data, headers, "),
        ({"x-1.0.data/run": b""}, "is in no folder"),
        ({"x-1.0.data/scripts": b""}, "is in no folder"),
        ({"x-1.0.data": b""}, "is in no folder"),
        ({f"{INFO}/WHEEL": b"Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"}, "Wheel-Version 2.0"),
        ({f"{INFO}/WHEEL": b""}, "Wheel-Version"),
        ({f"{INFO}/WHEEL": b"\xff"}, "utf-8"),
        ({f"{INFO}/METADATA": b"\xff\xfe\0"}, "METADATA"),
        ({f"{INFO}/METADATA": b"Name: y\nVersion: 1.0\n"}, "METADATA is that of y"),
        ({f"{INFO}/METADATA": b"Name: x\n"}, "names no version"),
        ({ENTRY_POINTS: b"[console_scripts]\ntool = x\n"}, "NAME = MODULE:FUNCTION"),
        ({ENTRY_POINTS: b"[console_scripts]\ntool = x:main; import os\n"}, "NAME = MODULE:FUNCTION"),
        ({ENTRY_POINTS: b"[console_scripts]\ntool = x:a\ntool = x:b\n"}, "entry_points.txt: .*already exists"),
        ({ENTRY_POINTS: b"[console_scripts]\ntool = x:a%(b)s\n"}, "entry_points.txt: "),
        ({ENTRY_POINTS: b"tool = x:a\n"}, "entry_points.txt: .*no section headers"),
        ({ENTRY_POINTS: b"[console_scripts]\n../../evil = x:a\n"}, "no name of a script"),
        ({ENTRY_POINTS: b"[console_scripts]\n\x1b[2J = x:a\n"}, "no name of a script"),
        ({ENTRY_POINTS: b"[console_scripts]\n" + b"n" * 300 + b" = x:a\n"}, "too long"),
        ({ENTRY_POINTS: b"\xff"}, "utf-8"),
        ({ENTRY_POINTS: b"[console_scripts]\na" + b" " * 10**6 + b"b\n"}, "a line of more than 1000"),
        ({ENTRY_POINTS: b"[console_scripts]\na = x:a\n" + b"\n\n#" * 10**4 + b"\n !\n"}, "a value of more than 1000"),
        ({"n" * 300 + ".py": b""}, "more than 255 bytes"),
        ({"é" * 128: b""}, "more than 255 bytes"),
        ({"n/" * 1000 + "n": b""}, "longer than 1024 bytes"),
        ({"n/" * 100 + "n": b""}, "is in 100 folders"),
        ({"../evil.py": b""}, "not a plain relative name"),
        ({"/evil.py": b""}, "not a plain relative name"),
        ({"x/./evil.py": b""}, "not a plain relative name"),
        ({"x//evil.py": b""}, "not a plain relative name"),
        ({"x-1.0.data/purelib/../../evil": b""}, "not a plain relative name"),
        ({"evil\n\x1b[2J.py": b""}, "control character"),
        ({"x": b"", "x/a.py": b""}, "x/a.py is already there, since x is a file"),
        ({"x/a.py": b"", "x": b""}, "x is already there"),
        ({"x-1.0.data/scripts/tool": b"", ENTRY_POINTS: b"[console_scripts]\ntool = x:a\n"}, "tool is already there"),
        ({"y-1.0.dist-info/METADATA": b""}, "exactly one .dist-info"),
    ],
)
def test_a_wheel_of_another_form(tmp_path: Path, files: Files, message: str) -> None:
    line = refusal(tmp_path, made_up_wheel(tmp_path, "x", files))
    assert re.search(message, line), line


@pytest.mark.parametrize(
    ("tampered", "message"),
    [
        ({f"{INFO}/RECORD": None}, f"lacks {INFO}/RECORD"),
        ({f"{INFO}/METADATA": None}, f"lacks {INFO}/METADATA"),
        ({f"{INFO}/WHEEL": None}, f"lacks {INFO}/WHEEL"),
        ({f"{INFO}/RECORD": b"\xff"}, "utf-8"),
        ({f"{INFO}/RECORD": b""}, "RECORD"),
        ({f"{INFO}/RECORD": b'"'}, "RECORD: "),
        ({f"{INFO}/RECORD": b"n" * 200_000 + b",,"}, "RECORD: "),
        ({f"{INFO}/RECORD": b"x.py,md5=00,0\n"}, "none of sha256, sha384, sha512"),
        ({f"{INFO}/RECORD": b"x.py,shake_128=00,0\n"}, "none of sha256, sha384, sha512"),
        ({f"{INFO}/RECORD": b"x.py,sha256,0\n"}, "RECORD"),
        ({f"{INFO}/RECORD": b"x.py,sha256=00," + b"9" * 5000}, "instead of the 9999"),
        ({"x.py": b"longer"}, "x.py has 6 bytes instead of the 0 that RECORD states"),
        ({"more.py": b""}, "more.py"),
    ],
)
def test_a_record_that_is_missing_or_wrong(tmp_path: Path, tampered: dict[str, bytes | None], message: str) -> None:
    assert message in refusal(tmp_path, made_up_wheel(tmp_path, "x", {"x.py": b""}, tampered))


def test_members_that_cannot_be_read(tmp_path: Path) -> None:
    wheel = made_up_wheel(tmp_path, "x", {"x.py": b"content of x"})
    path = Path(wheel["path"])
    whole = path.read_bytes()
    central = whole.rindex(b"PK\x01\x02", 0, whole.rindex(b"x.py"))
    changes = {
        "x.py": whole.replace(b"content of x", b"content of y"),
        "x.py is encrypted": whole[: central + 8] + b"\x01\0" + whole[central + 10 :],
        "compressed in a way": whole[: central + 10] + struct.pack("<H", zipfile.ZIP_LZMA) + whole[central + 12 :],
        "": whole[: central + 10] + struct.pack("<H", zipfile.ZIP_DEFLATED) + whole[central + 12 :],
    }
    for message, content in changes.items():
        path.write_bytes(content)
        assert message in refusal(tmp_path, wheel)
    for length in range(0, len(whole), 50):
        path.write_bytes(whole[:length])
        refusal(tmp_path, wheel)
    path.unlink()
    path.mkdir()
    refusal(tmp_path, wheel)


@pytest.mark.parametrize(("first", "second"), [("shared", "shared/a.py"), ("shared/a.py", "shared")])
def test_a_file_where_another_wheel_has_a_folder(tmp_path: Path, first: str, second: str) -> None:
    one, two = made_up_wheel(tmp_path, "one", {first: b""}), made_up_wheel(tmp_path, "two", {second: b""})
    line = refusal(tmp_path, one, two)
    assert f"{second} is already there" in line and "from one-1.0-py3-none-any.whl" in line


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel_checks, "ALLOWANCE", 1 << 20)
    monkeypatch.setattr(wheel_checks, "TEXT", 1 << 20)
    zeros = bytes(4 << 20)
    for name in ("x.py", f"{INFO}/RECORD"):
        wheel = made_up_wheel(tmp_path, "x", {}, {name: zeros}, compression=zipfile.ZIP_DEFLATED)
        assert "expands to more than 100 times" in refusal(tmp_path, wheel)
    for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD"):
        known = {} if name == "RECORD" else {f"{INFO}/{name}": zeros}
        wheel = made_up_wheel(tmp_path, "x", known, {f"{INFO}/{name}": zeros})
        assert f"{name} is larger than 1 MiB" in refusal(tmp_path, wheel)
    wheel = made_up_wheel(tmp_path, "x", {"x-1.0.data/scripts/run": b"#!python" + zeros})
    assert "is a script of more than 1 MiB" in refusal(tmp_path, wheel)


def survives(tmp_path: Path, wheel: dict[str, str]) -> None:
    out = tmp_path / "out"
    try:
        installed(out, wheel)
    except ValueError as error:
        assert str(error).isprintable() and str(error).startswith(wheel["filename"]) and len(str(error)) < 1000
        assert not out.exists()
    else:
        assert (out / "lib/python3.9/site-packages" / INFO / "RECORD").is_file()
    assert {path.name for path in tmp_path.iterdir()} <= {"out", Path(wheel["path"]).name}


@pytest.mark.fuzz
@given(
    changes=st.dictionaries(st.integers(0, 1500), st.integers(0, 255), max_size=8),
    length=st.integers(0, 3000),
    compression=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_changed_bytes(changes: dict[int, int], length: int, compression: int) -> None:
    files = {
        "x.py": b"x = 1\n" * 20,
        "x-1.0.data/scripts/run": b"#!python\n",
        ENTRY_POINTS: b"[gui_scripts]\na = x:b\n",
    }
    with TemporaryDirectory() as folder:
        wheel = made_up_wheel(Path(folder), "x", files, compression=compression)
        content = bytearray(Path(wheel["path"]).read_bytes())
        for position, value in changes.items():
            # The end of the file has the list of its members.
            content[-position % len(content)] = value
        Path(wheel["path"]).write_bytes(content[-length or None :])
        survives(Path(folder), wheel)


texts = st.text() | st.lists(
    st.sampled_from(
        ["[console_scripts]\n", "a = x:b\n", "Name: x\n", "Version: 1\n", "Wheel-Version: 1.0\n", "%(", ",", '"']
    )
    | st.text(max_size=5)
).map("".join)
names = st.sampled_from(["WHEEL", "METADATA", "RECORD", "entry_points.txt"])


@pytest.mark.fuzz
@given(st.dictionaries(names, texts | st.binary(max_size=50), max_size=2), st.booleans())
def test_made_up_metadata(documents: dict[str, str | bytes], recorded: bool) -> None:
    """Whether RECORD knows of it, or not."""
    files = {
        f"{INFO}/{name}": text.encode(errors="surrogatepass") if isinstance(text, str) else text
        for name, text in documents.items()
    }
    tampered: dict[str, bytes | None] = {f"{INFO}/RECORD": files[f"{INFO}/RECORD"]} if "RECORD" in documents else {}
    with TemporaryDirectory() as folder:
        if recorded:
            survives(Path(folder), made_up_wheel(Path(folder), "x", files, tampered))
        else:
            survives(Path(folder), made_up_wheel(Path(folder), "x", {}, {**files, **tampered}))


parts = st.sampled_from(["x", "a.py", "x-1.0.data", "scripts", "purelib", "evil", "..", ".", "", INFO, "__pycache__"])


@pytest.mark.fuzz
@given(
    st.dictionaries(st.lists(parts | st.text(max_size=3), min_size=1, max_size=4).map("/".join), st.binary(max_size=9))
)
def test_made_up_names(files: Files) -> None:
    with TemporaryDirectory() as folder:
        survives(Path(folder), made_up_wheel(Path(folder), "x", files))
