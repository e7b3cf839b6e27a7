"""Locks whose author would have pip run something."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from fetch_error import FetchError
from lock_forms import requirement
from pinned_files import Wheel, parse_derivation, read_derivations
from pip_download import condense, tag_options
from pip_settings import isolated
from pretended import PYTHON, Fetch, FolderStore, Mirror, derivation_text

SHA256 = "0123456789abcdef" * 4
IDNA = "idna-3.10-py3-none-any.whl"


def wheel(project: str = "idna", version: str = "3.10", filename: str = IDNA, sha256: str = SHA256) -> Wheel:
    return Wheel("idna.whl", sha256, "/nix/store/idna", project, version, filename)


class Trap:
    """A source distribution `evil` 1.0 in a folder; whoever builds it, or only asks for its metadata, leaves a mark."""

    def __init__(self, root: Path) -> None:
        self.root, self.mark = root, root / "mark"
        files = {
            "PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "trap"\nbackend-path = ["."]\n',
            "trap.py": f"open({str(self.mark)!r}, 'w')\n",
            "setup.py": f"open({str(self.mark)!r}, 'w')\n",
        }
        (root / "links").mkdir()
        self.sdist = root / "links/evil-1.0.tar.gz"
        with tarfile.open(self.sdist, "w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(f"evil-1.0/{name}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        self.sha256 = hashlib.sha256(self.sdist.read_bytes()).hexdigest()

    def derivation(self, project: str = "evil", version: str = "1.0") -> Path:
        """Of a wheel of `evil` that nobody has, but with the hash of what is there."""
        name = "evil-1.0-py3-none-any.whl"
        path = self.root / f"{name}.drv"
        about = {"kind": "wheel", "project": project, "version": version, "filename": name}
        path.write_text(derivation_text(name, self.sha256, str(self.root / "store" / name), **about))
        return path


@pytest.fixture
def trap(tmp_path: Path, index: Mirror) -> Trap:
    trap = Trap(tmp_path)
    index.pages["/simple/evil/"] = b'<a href="/files/evil-1.0.tar.gz">evil-1.0.tar.gz</a>'
    index.pages["/files/evil-1.0.tar.gz"] = trap.sdist.read_bytes()
    return trap


def test_a_version_that_goes_on_with_options(fetch: Fetch, trap: Trap) -> None:
    options = f"--hash=sha256:{trap.sha256}\n--no-index\n--no-binary evil\n--find-links {trap.root}/links\n#"
    (error,) = fetch(trap.derivation(version=f"1.0 {options}"))
    assert error.startswith("evil-1.0-py3-none-any.whl: '1.0 --hash=") and "is not a version" in error
    assert not trap.mark.exists()


def test_a_name_that_is_a_path(fetch: Fetch, trap: Trap) -> None:
    (error,) = fetch(trap.derivation(project=f"evil @ file://{trap.sdist}\n#"))
    assert "is not the name of a project" in error and not trap.mark.exists()


def test_pip_never_builds_whatever_its_configuration_says(
    fetch: Fetch, trap: Trap, store: FolderStore, monkeypatch: pytest.MonkeyPatch, index: Mirror
) -> None:
    (trap.root / "more.txt").write_text(
        f"--no-binary :all:\n--find-links {trap.root}/links\nevil==1.0 --hash=sha256:{trap.sha256}\n"
    )
    (trap.root / "pip.conf").write_text(
        f"[global]\nindex-url = {index.url.replace('debian', 'simple')}\nno-binary = :all:\n"
        f"[download]\nrequirement = {trap.root}/more.txt\nconstraint = {trap.root}/more.txt\n"
    )
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", f"{trap.root}/pip.conf")
    for variable in ("PIP_REQUIREMENT", "PIP_CONSTRAINT", "pip_constraint"):
        monkeypatch.setenv(variable, f"{trap.root}/more.txt")
    monkeypatch.setenv("PIP_FIND_LINKS", f"{trap.root}/links")
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")
    (error,) = fetch(trap.derivation())
    assert error.startswith("evil-1.0-py3-none-any.whl: pip: No matching distribution found for evil==1.0")
    # The index was asked, and no code of the source distribution ran.
    assert "/simple/evil/" in index.requests and not trap.mark.exists() and store.names() == set()


def test_what_is_kept_of_the_configuration() -> None:
    lines = [
        "global.index-url='https://a.example/simple'",
        "download.index-url='https://b.example/simple'",
        ":env:.timeout='5'",
        "global.timeout='9'",
        "global.extra-index-url='https://c.example\\nhttps://d.example'",
        'global.cert="/it\'s"',
        "install.proxy='http://p.example'",
        "global.constraint='/x'",
        "download.python='/x'",
        ":env:.no-binary=':all:'",
        "Warning: something",
    ]
    given = {"PATH": "/bin", "PIP_NO_BINARY": "x", "pip_log": "/x", "PIP_CONFIG_FILE": "/x"}
    assert isolated([PYTHON, "-c", f"print({chr(10).join(lines)!r})"], given) == {
        "PATH": "/bin",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "https://b.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://c.example\nhttps://d.example",
        "PIP_TIMEOUT": "5",
        "PIP_CERT": "/it's",
    }


def test_a_configuration_that_pip_cannot_read() -> None:
    broken = "import sys; sys.exit('ERROR: Configuration file \\x1b[2J has no section')"
    with pytest.raises(FetchError) as error:
        isolated([PYTHON, "-c", broken], {})
    assert str(error.value) == "pip: ERROR: Configuration file ?[2J has no section; mend pip's configuration"


BAD = {
    "project": [
        "",
        "-r",
        "--pre",
        "a b",
        "a\n",
        "a;b",
        "a[b]",
        "a@b",
        "a==1",
        "a#",
        "a,",
        "-a",
        "a-",
        "\u00e9",
        "\u212a",
        "../a",
    ],
    "version": [
        "",
        "*",
        "1.*",
        "1 ",
        " 1",
        "1\n",
        "1\r",
        "1;",
        "1,2",
        "1 --pre",
        "\u0661",
        "1\u00b2",
        "1.0+",
        "x",
        "1\t",
        "1#",
        "1\0",
    ],
    "filename": [
        "",
        "idna",
        "idna-3.10.tar.gz",
        f"{IDNA}\n",
        f"../{IDNA}",
        f" {IDNA}",
        "a-1-py3-none-a/b.whl",
        "a-b.whl",
    ],
    "sha256": ["", "0", SHA256.upper(), f"{SHA256}\n", f"{SHA256}0", SHA256.replace("0", "\u0660"), f"{SHA256[1:]} "],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_what_has_not_the_form(field: str, value: str) -> None:
    with pytest.raises(FetchError) as error:
        requirement(wheel(**{field: value}))
    assert str(error.value).startswith("idna.whl: ") and str(error.value).isprintable()


@pytest.mark.parametrize("field", BAD)
def test_what_has_no_end(field: str) -> None:
    with pytest.raises(FetchError) as error:
        requirement(wheel(**{field: "1" * 100_000}))
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("project", "version", "filename"),
    [
        ("A", "1", "A-1-py3-none-any.whl"),
        ("zope.interface", "7.2", "zope.interface-7.2-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        ("Foo__bar", "1!2.0rc1.post3.dev4+cu118.x_1", "Foo__bar-1!2.0rc1.post3.dev4+cu118.x_1-2a-py2.py3-none-any.whl"),
        ("a-b", "v1-2", "a_b-v1_2-py3-none-any.whl"),
    ],
)
def test_what_has_the_form(project: str, version: str, filename: str) -> None:
    line = requirement(wheel(project, version, filename))
    assert line == f"{project}=={version} --hash=sha256:{SHA256}"


ALPHABET = st.text("0129.!+-_vabcrpostdevA *\n", max_size=14)


@pytest.mark.fuzz
@given(version=ALPHABET)
def test_versions_are_those_of_pep_440(version: str) -> None:
    try:
        Version(version)
        expected = version == version.strip()
    except InvalidVersion:
        expected = False
    try:
        requirement(wheel(version=version))
        assert expected
    except FetchError:
        assert not expected


TEXTS = st.one_of(st.text(max_size=20), ALPHABET, st.text("aA1._-\n @;#", max_size=6))


@pytest.mark.fuzz
@given(project=TEXTS, version=TEXTS, filename=st.one_of(TEXTS, st.just(IDNA)), sha256=st.one_of(TEXTS, st.just(SHA256)))
def test_a_line_asks_for_one_wheel_and_nothing_else(project: str, version: str, filename: str, sha256: str) -> None:
    try:
        line = requirement(wheel(project, version, filename, sha256))
    except FetchError as error:
        assert str(error).isprintable() and len(str(error)) < 400
        return
    asked, option = line.split(" ")
    assert line.isprintable() and option == f"--hash=sha256:{SHA256}"
    parsed = Requirement(asked)
    assert parsed.name == project and str(parsed.specifier) == f"=={version}"
    assert parsed.url is None and parsed.marker is None and not parsed.extras


@pytest.mark.fuzz
@given(filename=st.one_of(TEXTS, st.text("ap1.-_ \n", max_size=20).map("x-1-{}.whl".format)))
def test_the_tags_of_any_file_name(filename: str) -> None:
    try:
        words = tag_options(filename)
    except FetchError as error:
        assert str(error).isprintable() and len(str(error)) < 400
    else:
        options = {"--implementation", "--python-version", "--abi", "--platform"}
        assert set(words[::2]) == options and not any(value.startswith("-") for value in words[1::2])


DERIVATION = derivation_text(IDNA, SHA256, "/x", kind="wheel", project="idna", version="3.10", filename=IDNA)
DEB = derivation_text("a.deb", SHA256, "/x", kind="deb", archive="debian", path="pool/a", pins="x", size="3")


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """A derivation with a part replaced."""
    text = draw(st.sampled_from([DERIVATION, DEB]))
    start = draw(st.integers(0, len(text)))
    replacement = draw(
        st.one_of(st.text(max_size=5), st.sampled_from(["(" * 9999, "[]", "1e999", "{}", "None", '"', "\0"]))
    )
    return text[:start] + replacement + text[start + draw(st.integers(0, 30)) :]


@pytest.mark.fuzz
@given(text=st.one_of(st.text(), spoilt()))
def test_any_derivation_is_a_file_or_a_line(text: str) -> None:
    try:
        file = parse_derivation(text)
    except ValueError:
        return
    assert file is None or all(isinstance(value, str) for value in (file.name, file.sha256, file.store_path))
    assert file is None or "/" not in file.name


def test_a_derivation_that_is_none_is_named(tmp_path: Path) -> None:
    for content in (b"\xff", b"Derive(", b"Derive(" + b"(" * 10000, b"Derive(1,2,3,4,5,6,7)"):
        path = tmp_path / "x.drv"
        path.write_bytes(content)
        with pytest.raises(FetchError) as error:
            read_derivations([path])
        assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


@pytest.mark.parametrize("output", ["ERROR: \x1b[2J 403\x9b for url\n", "ERROR: x\x07\n", "\x1b]0;owned\x07", ""])
def test_the_terminal_is_not_the_indexs(output: str) -> None:
    _, error = condense(output, [wheel()])
    assert str(error).isprintable()
