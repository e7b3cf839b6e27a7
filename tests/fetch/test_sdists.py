"""Source distributions, and files that a lock says where they are: a private index, a URL."""

import base64
import io
import json
import socket
import tarfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fetch_error import FetchError
from lock_forms import check_forms
from pinned_files import Sdist
from pretended import Answer, Fetch, FolderStore, MakeWheel, Mirror, Offer

pytestmark = pytest.mark.slow


def simple(mirror: Mirror) -> str:
    return mirror.url.replace("debian", "simple")


def only_for(login: str, content: bytes, kind: str) -> Answer:
    """A page that only who has this login may read."""
    expected = f"Basic {base64.b64encode(login.encode()).decode()}"

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200 if handler.headers["Authorization"] == expected else 401)
        handler.send_header("Content-Type", kind)
        handler.end_headers()
        if handler.headers["Authorization"] == expected:
            handler.wfile.write(content)

    return answer


@pytest.fixture
def private(make_mirror: Callable[[], Mirror]) -> Mirror:
    """An index that pip's configuration does not name."""
    return make_mirror()


def lock_up(mirror: Mirror, login: str) -> None:
    """Lets nobody but `login` read the pages."""
    for path, page in mirror.pages.items():
        assert isinstance(page, bytes)
        mirror.pages[path] = only_for(login, page, "text/html" if path.endswith("/") else "application/octet-stream")


def test_sdists_of_any_name_come_into_the_store(
    fetch: Fetch, offer: Offer, make_wheel: MakeWheel, store: FolderStore, temporary: Path
) -> None:
    files = [
        offer("one-1.0.tar.gz", b"one", "one", "1.0"),
        offer("one-2.0.zip", b"two", "one", "2.0"),
        offer("Foo.Bar-1!3.0+cu1.tar.bz2", b"three", "foo-bar", "1!3.0+cu1"),
        make_wheel("one", "1.0"),
    ]
    assert fetch(*files) == []
    assert store.names() == {"one-1.0.tar.gz", "one-2.0.zip", "Foo.Bar-1_3.0+cu1.tar.bz2", "one-1.0-py3-none-any.whl"}
    assert (store.path / "one-2.0.zip").read_bytes() == b"two"
    assert [path for path in temporary.rglob("*") if path.suffix in (".gz", ".zip", ".whl")] == []


def test_nothing_of_an_sdist_runs(
    fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore, tmp_path: Path
) -> None:
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = ["more"]\nbuild-backend = "trap"\nbackend-path = ["."]\n',
        "trap.py": f"open({str(tmp_path / 'mark')!r}, 'w')\n",
        "setup.py": f"open({str(tmp_path / 'mark')!r}, 'w')\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"evil-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    assert fetch(offer("evil-1.0.tar.gz", packed.getvalue(), "evil", "1.0")) == []
    assert store.names() == {"evil-1.0.tar.gz"} and not (tmp_path / "mark").exists()
    # Nor was anything else downloaded.
    assert index.requests == ["/simple/evil/", "/files/evil-1.0.tar.gz"]


def test_an_index_may_answer_in_json(fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore) -> None:
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0")
    page = {"name": "one", "files": [{"filename": "one-1.0.tar.gz", "url": "/files/one-1.0.tar.gz", "hashes": {}}]}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
        handler.end_headers()
        handler.wfile.write(json.dumps(page | {"meta": {"api-version": "1.0"}}).encode())

    index.pages["/simple/one/"] = answer
    assert fetch(sdist) == [] and store.names() == {"one-1.0.tar.gz"}


def test_what_cannot_be_had_does_not_keep_the_others(
    fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore
) -> None:
    files = [offer(f"{project}-1.0.tar.gz", project.encode(), project, "1.0") for project in ("a", "changed", "gone")]
    index.pages["/files/changed-1.0.tar.gz"] = b"other"
    index.pages["/simple/gone/"] = b""
    assert sorted(fetch(*files)) == [
        "changed-1.0.tar.gz: sha256 differs: the index or a proxy changed the file",
        "gone-1.0.tar.gz: the index does not have it; check the index in pip's configuration",
    ]
    assert store.names() == {"a-1.0.tar.gz"}


def test_a_download_that_breaks_off_leaves_nothing(
    fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore, tmp_path: Path
) -> None:
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "3")
        handler.end_headers()
        handler.wfile.write(b"o")

    index.pages["/files/one-1.0.tar.gz"] = answer
    (tmp_path / "folder").mkdir()
    (error,) = fetch("--to", tmp_path / "folder", sdist)
    assert error.startswith("one-1.0.tar.gz: ") and list((tmp_path / "folder").iterdir()) == []


def test_files_in_a_folder_of_pips_configuration(
    fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0")
    index.pages.clear()
    (tmp_path / "links").mkdir()
    (tmp_path / "links/one-1.0.tar.gz").write_bytes(b"one")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    assert fetch(sdist) == [] and store.names() == {"one-1.0.tar.gz"}


def test_a_folder_may_hold_the_sdists(
    fetch: Fetch, offer: Offer, index: Mirror, store: FolderStore, tmp_path: Path
) -> None:
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0")
    (tmp_path / "folder").mkdir()
    assert fetch("--to", tmp_path / "folder", sdist) == [] and store.names() == set()
    index.requests.clear()
    assert fetch("--from", tmp_path / "folder", sdist) == []
    assert index.requests == [] and store.names() == {"one-1.0.tar.gz"}


def test_a_url_of_the_lock(
    fetch: Fetch, offer: Offer, make_wheel: MakeWheel, index: Mirror, private: Mirror, store: FolderStore
) -> None:
    files = f"{private.url.replace('debian', 'files')}"
    sdist = offer("one-1.0.zip", b"one", "one", "1.0", private, directUrl=f"{files}one-1.0.zip#egg=one")
    wheel = make_wheel("two", mirror=private, directUrl=f"{files}two-1.0-py3-none-any.whl")
    assert fetch(sdist, wheel) == []
    assert store.names() == {"one-1.0.zip", "two-1.0-py3-none-any.whl"}
    assert index.requests == []
    assert sorted(private.requests) == ["/files/one-1.0.zip", "/files/two-1.0-py3-none-any.whl"]


def test_a_url_that_gives_something_else(fetch: Fetch, offer: Offer, private: Mirror, store: FolderStore) -> None:
    url = f"http://me:secret@{private.url[7:]}one.zip"
    sdist = offer("one-1.0.zip", b"one", "one", "1.0", directUrl=url)
    (error,) = fetch(sdist)
    assert error.startswith("one-1.0.zip: 404 ") and private.url in error and "secret" not in error
    private.pages["/debian/one.zip"] = b"other"
    assert fetch(sdist) == ["one-1.0.zip: sha256 differs: the index or a proxy changed the file"]
    assert store.names() == set()


def test_a_private_index_of_the_lock(
    fetch: Fetch, offer: Offer, make_wheel: MakeWheel, index: Mirror, private: Mirror, store: FolderStore
) -> None:
    files = [
        offer("one-1.0.tar.gz", b"one", "one", "1.0", private, index=simple(private)),
        make_wheel("two", mirror=private, index=simple(private)),
        make_wheel("three"),
    ]
    assert fetch(*files) == []
    assert store.names() == {"one-1.0.tar.gz", "two-1.0-py3-none-any.whl", "three-1.0-py3-none-any.whl"}
    # Each index was asked for its own alone.
    assert {path.split("/")[2] for path in index.requests} == {"three", "three-1.0-py3-none-any.whl"}


@pytest.mark.parametrize("place", ["netrc", "configuration", "extra"])
def test_the_login_for_a_private_index(
    fetch: Fetch,
    offer: Offer,
    make_wheel: MakeWheel,
    index: Mirror,
    private: Mirror,
    store: FolderStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    files = [
        offer("one-1.0.tar.gz", b"one", "one", "1.0", private, index=simple(private)),
        make_wheel("two", mirror=private, index=simple(private)),
    ]
    lock_up(private, "me:secret")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n" if place == "netrc" else "")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with_login = simple(private).replace("http://", "http://me:secret@").replace("simple", "other/simple")
    if place == "configuration":
        monkeypatch.setenv("PIP_INDEX_URL", with_login)
    if place == "extra":
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"http://you:no@else.example/simple {with_login}")
    assert fetch(*files) == []
    assert store.names() == {"one-1.0.tar.gz", "two-1.0-py3-none-any.whl"}


def test_an_index_that_refuses(
    fetch: Fetch, offer: Offer, make_wheel: MakeWheel, private: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", "/dev/null")
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0", private, index=simple(private))
    wheel = make_wheel("two", mirror=private, index=simple(private))
    lock_up(private, "me:secret")
    refused, not_found = sorted(fetch(sdist, wheel))
    assert refused.startswith(f"one-1.0.tar.gz: HTTP error 401 from {simple(private)}one/; ")
    assert not_found.startswith("two-1.0-py3-none-any.whl: pip: No matching distribution found for two==1.0; ")
    for error in (refused, not_found):
        assert f"check {simple(private)}, which the lock names, and its login in ~/.netrc" in error


def test_a_private_index_that_cannot_be_reached(fetch: Fetch, offer: Offer, store: FolderStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}/simple/"
    away = offer("away-1.0.tar.gz", b"away", "away", "1.0", index=url)
    (error,) = fetch(away, offer("here-1.0.tar.gz", b"here", "here", "1.0"))
    assert error.startswith("away-1.0.tar.gz: pip cannot reach http://127.0.0.1:") and "secret" not in error
    assert store.names() == {"here-1.0.tar.gz"}


def test_the_login_of_a_server_goes_to_no_other(
    fetch: Fetch, offer: Offer, index: Mirror, private: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        handler.send_error(404)

    private.pages["/simple/one/"] = answer
    monkeypatch.setenv("PIP_INDEX_URL", simple(index).replace("http://", "http://me:secret@"))
    monkeypatch.setenv("NETRC", "/dev/null")
    sdist = offer("one-1.0.tar.gz", b"one", "one", "1.0", index=simple(private))
    assert len(fetch(sdist)) == 1 and seen == [None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("filename", "one-1.0-py3-none-any.whl"),
        ("filename", "../one.zip"),
        ("filename", "-one.zip"),
        ("filename", "one"),
        ("filename", "one.zip\n"),
        ("project", "../one"),
        ("index", "--index-url"),
        ("index", "ftp://a.example/simple"),
        ("index", "https://a.example/simple https://b.example/simple"),
        ("url", "git+https://a.example/one.zip"),
        ("url", "https://[::1"),
        ("url", "https://" + "a" * 5000),
    ],
)
def test_what_of_an_sdist_has_not_the_form(field: str, value: str) -> None:
    good = {"project": "one", "version": "1.0", "filename": "one-1.0.zip", "sha256": "0" * 64}
    check_forms(Sdist("one.zip", store_path="/x", **good))
    with pytest.raises(FetchError) as error:
        check_forms(Sdist("one.zip", store_path="/x", **(good | {field: value})))
    assert str(error.value).startswith("one.zip: ") and str(error.value).isprintable() and len(str(error.value)) < 400
