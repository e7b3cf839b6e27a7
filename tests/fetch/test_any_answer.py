"""Whatever a mirror answers, the file comes, or one line."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mirror_download
from fetch_error import FetchError
from mirror_download import MirrorDownload
from pinned_files import Deb

DEB = b"!<arch>\n" + b"deb" * 64
DESCRIBED = Deb("hello_1.deb", hashlib.sha256(DEB).hexdigest(), "", "debian", "pool/hello_1.deb", "bullseye", len(DEB))


HEADERS = st.sampled_from(
    ["Content-Length", "Transfer-Encoding", "Location", "Content-Encoding", "Connection", "Content-Type"]
)
WORDS = st.one_of(
    st.sampled_from(["chunked", "-1", "200", "9" * 400, "http://127.0.0.1:1/", "//", "http://[", "gzip", "close"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20),
)
STATUS = st.one_of(st.sampled_from(["200 OK", "302 Found", "404 x", "503", "100"]), WORDS)
ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda status, headers, content: (
            (f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode(
                "latin-1"
            )
            + content
        ),
        STATUS,
        st.lists(st.tuples(HEADERS, WORDS), max_size=4),
        st.one_of(st.just(DEB), st.binary(max_size=300), st.just(b"c8\r\n" + DEB + b"\r\n0\r\n\r\n")),
    ),
)


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[str, list[bytes]]]:
    """The URL of a server that answers each request with the bytes that the list holds, and closes the connection."""
    answer = [b""]
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer[0])

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/debian/", answer
    server.close()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "hello_1.deb"


@pytest.mark.fuzz
@given(answer=ANSWERS)
def test_any_answer_gives_the_file_or_a_line(answering: tuple[str, list[bytes]], target: Path, answer: bytes) -> None:
    url, sent = answering
    sent[0] = answer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mirror_download, "BACKOFF", 0)
        patch.setattr(mirror_download, "TRIES", 1)
        download = MirrorDownload({"debian": [url]}, {})
        try:
            download.download(DESCRIBED, target)
        except FetchError as error:
            assert str(error).isprintable() and len(str(error)) < 600 and not target.exists()
        else:
            assert target.read_bytes() == DEB
            target.unlink()
