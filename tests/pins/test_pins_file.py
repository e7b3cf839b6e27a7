"""Pins files: what is read of a good one, and the one line that each kind of bad one ends in."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pins_file
from lock import content_hash
from pins_file import Layer, Pins
from update_error import UpdateError

ARCHIVES = ("debian", "debian-security")
GOOD = """
suite = "bookworm"
[archives]
debian = ["bookworm", "bookworm-updates"]
[layers.base]
essential = true
packages = ["g++", "libdb5.3"]
[layers.top]
over = "base"
packages = ["zlib1g-dev"]
"""


def read(folder: Path, text: str | bytes) -> Pins:
    path = folder / "made-up.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pins_file.read(path, ARCHIVES)


def test_what_is_read(tmp_path: Path) -> None:
    pins = read(tmp_path, GOOD)
    assert (pins.suite, pins.python, pins.final) == ("bookworm", None, False)
    assert pins.archives == {"debian": ["bookworm", "bookworm-updates"]}
    assert pins.layers == {
        "base": Layer(["g++", "libdb5.3"], over=None, essential=True, exact=False),
        "top": Layer(["zlib1g-dev"], over="base", essential=False, exact=False),
    }
    pins = read(tmp_path, f'python = "3.13"\nfinal = true\n{GOOD}exact = true\n')
    assert (pins.python, pins.final, pins.layers["top"].exact) == ("3.13", True, True)
    assert read(tmp_path, f"rolling = true\n{GOOD}").rolling and not pins.rolling


def test_what_a_layer_asks_for_on_one_architecture_alone(tmp_path: Path) -> None:
    top = read(tmp_path, f'{GOOD}only.amd64 = ["grub"]\n').layers["top"]
    assert (top.packages_for("amd64"), top.packages_for("arm64")) == (["zlib1g-dev", "grub"], ["zlib1g-dev"])
    alone = read(tmp_path, GOOD.replace('packages = ["zlib1g-dev"]', 'only.arm64 = ["dtb"]')).layers["top"]
    assert (alone.packages_for("amd64"), alone.packages_for("arm64")) == ([], ["dtb"])


def test_the_input_is_what_apt_is_asked_for(tmp_path: Path) -> None:
    """By it the lock tells whether it fits. Neither a comment nor a word about images makes a lock old."""
    first = read(tmp_path, GOOD).input
    assert read(tmp_path, f'# A comment.\npython = "3.9"\nfinal = true\n{GOOD}').input == first
    for old, new in (
        ('"g++"', '"g++-12"'),
        ('"bookworm-updates"', '"bookworm-backports"'),
        ('"base"', '"base"\nexact = true'),
    ):
        assert read(tmp_path, GOOD.replace(old, new)).input != first
    layers = {
        "base": {"essential": True, "packages": ["g++", "libdb5.3"]},
        "top": {"over": "base", "packages": ["zlib1g-dev"]},
    }
    assert first == content_hash({"layers": layers, "archives": {"debian": ["bookworm", "bookworm-updates"]}})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("", "[layers.base\n", "Expected ']' at the end of a table declaration (at line 1, column 13)"),
        ('suite = "bookworm"', "", "suite: missing"),
        ('[archives]\ndebian = ["bookworm", "bookworm-updates"]', "", "archives: missing"),
        ('debian = ["bookworm", "bookworm-updates"]', "", "archives: empty"),
        ('["bookworm", "bookworm-updates"]', "[]", "archives.debian: empty"),
        ('packages = ["zlib1g-dev"]', "", "layers.top.packages: missing"),
        ('["zlib1g-dev"]', "[]", "layers.top.packages: empty"),
        ('packages = ["zlib1g-dev"]', "only.arm64 = []", "layers.top.only.arm64: empty"),
        ('packages = ["zlib1g-dev"]', "only = {}", "layers.top.packages: missing"),
        (
            '["zlib1g-dev"]',
            '["a1"]\nonly.ARM = ["a2"]',
            "layers.top.only: 'ARM' is not the name of a Debian architecture",
        ),
        # wrong types
        ('["zlib1g-dev"]', '["a1"]\nonly = ["a2"]', "layers.top.only: ['a2'] is not a table"),
        ('"bookworm"\n', "12\n", "suite: 12 is not a string"),
        ('["zlib1g-dev"]', '"zlib1g-dev"', "layers.top.packages: 'zlib1g-dev' is not a list of strings"),
        ('["zlib1g-dev"]', '["zlib1g-dev", 3]', "layers.top.packages: 3 is not the name of a Debian package"),
        ("essential = true", 'essential = "yes"', "layers.base.essential: 'yes' is not true or false"),
        ('"base"\n', '["base"]\n', "layers.top.over: ['base'] is not a string"),
        ('"base"\n', '"base"\nexact = 1\n', "layers.top.exact: 1 is not true or false"),
        ("", "final = 2026-01-01\n", "final: datetime.date(2026, 1, 1) is not true or false"),
        ("[layers.base]", "[layers]\nother = []\n[layers.base]", "layers.other: [] is not a table"),
        ("", "python = 3.9\n", 'python: 3.9 is not a version such as "3.9"'),
        ("", 'python = "3"\n', "python: '3' is not a version such as \"3.9\""),
        ("", 'python = "3.9.2"\n', "python: '3.9.2' is not a version such as \"3.9\""),
        # unknown words
        ("", "pyhton = '3.9'\n", "pyhton: not one of suite, python, final, rolling, archives, layers"),
        ("debian =", "ubuntu =", "archives.ubuntu: not one of debian, debian-security"),
        ("essential =", "esential =", "layers.base.esential: not one of over, essential, exact, packages, only"),
        ('"base"\n', '"bottom"\n', "layers.top.over: no layer 'bottom' stands before this one"),
        ('"base"\n', '"top"\n', "layers.top.over: no layer 'top' stands before this one"),
        (
            "[layers.top]",
            '[layers."a\\nb"]',
            "layers: 'a\\nb' is not a layer's name (lower case letters, digits, dashes)",
        ),
        ("debian =", '"a\\nb" =', "archives.'a\\nb': not one of debian, debian-security"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(UpdateError) as error:
        read(tmp_path, GOOD.replace(old, new, 1) if old else new + GOOD)
    assert str(error.value) == f"{reason}; mend {tmp_path}/made-up.toml"


PACKAGES = [
    "-oDir::Etc=/tmp",
    "zlib1g=1",
    "zlib1g/sid",
    "zlib1g:i386",
    "?essential",
    "Zlib",
    "z",
    "",
    "zlib 1g",
    "zlib1g\n",
]


@pytest.mark.parametrize("word", PACKAGES)
def test_a_package_is_a_name_alone(tmp_path: Path, word: str) -> None:
    """Such words would mean something else to apt, or break the line."""
    with pytest.raises(UpdateError) as error:
        read(tmp_path, GOOD.replace('"zlib1g-dev"', json.dumps(word)))
    assert str(error.value).startswith(f"layers.top.packages: {word!r} is not the name of a Debian package; ")


@pytest.mark.parametrize(
    "word",
    [
        "sid main\ndeb x",
        "sid\n",
        "sid main",
        "[trusted=yes]",
        "sid [trusted=yes]",
        "sid [arch=a b]",
        "-x",
        "../x",
        "sid/",
        "",
    ],
)
def test_a_suite_is_a_name_alone(tmp_path: Path, word: str) -> None:
    """Such words would become other lines or fields of apt's sources."""
    for old, key, form in (
        ('"bookworm-updates"', "archives.debian", "a suite such as"),
        ('"bookworm"\n', "suite", "the name of a Debian suite; "),
    ):
        with pytest.raises(UpdateError) as error:
            read(tmp_path, GOOD.replace(old, f"{json.dumps(word)}\n"))
        assert str(error.value).startswith(f"{key}: {word!r} is not {form}")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match=r"^'utf-8' codec can't decode byte 0xff .*; mend .*/made-up\.toml$"):
        read(tmp_path, b"\xff")


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 100_000, "[layers." + "a." * 3_000 + "b]", "suite = '" + "x" * 100_000 + "'"]
)
def test_a_file_without_an_end(tmp_path: Path, text: str) -> None:
    with pytest.raises(UpdateError) as error:
        read(tmp_path, text)
    assert str(error.value).isprintable() and len(str(error.value)) < 600


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


VALUES = st.sampled_from(
    [
        "1",
        "true",
        "[]",
        "{}",
        '""',
        '"a"',
        '"-oa"',
        '"a\\nb"',
        '["a", "-oDir::x=/y"]',
        "2026-01-01",
        "1e999",
        "nan",
        '"\\u009b"',
    ]
)
SPOILT = st.builds(
    lambda lines, at, value: "\n".join([*lines[:at], lines[at].partition("=")[0] + f"= {value}", *lines[at + 1 :]]),
    st.just(GOOD.strip().splitlines()),
    st.integers(0, len(GOOD.strip().splitlines()) - 1),
    VALUES,
)


@pytest.mark.fuzz
@given(text=SPOILT | st.text().map(str.encode) | st.binary())
def test_any_file_gives_pins_or_a_line(fuzzed: Path, text: str | bytes) -> None:
    try:
        pins = read(fuzzed, text)
    except UpdateError as error:
        assert str(error).isprintable() and str(error).endswith(f"; mend {fuzzed}/made-up.toml")
    else:
        words = [
            pins.suite,
            *(suite for suites in pins.archives.values() for suite in suites),
            *(name for layer in pins.layers.values() for name in layer.packages),
        ]
        assert words and not any(word.startswith("-") or not word.isprintable() or " " in word for word in words)
