"""healthcheck's reader of HTTP with any bytes, and of GUNICORN_CMD_ARGS with any text."""

import io
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

NAMES: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "runtime/healthcheck"))
SIZE: int = NAMES["ANSWER_SIZE"]

parts = st.sampled_from(
    [b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/", b"100", b"200", b"-1", b" OK", b"\r\n", b"\n", b"\r\n\r\n"]
)
statuses = st.integers(0, 999).map(lambda status: b"HTTP/1.1 %03d Phrase\r\n" % status)
answers = st.lists(st.one_of(parts, statuses, st.binary(max_size=20)), max_size=20).map(b"".join)

words = st.sampled_from(["-b", "--bind", "--bi", "--b", "-Rb", "=", " ", "'", '"', "--", "web:80", "-h", "@", "--cert"])
command_lines = st.lists(st.one_of(words, st.text(max_size=5)), max_size=12).map("".join)


@pytest.mark.fuzz
@given(answers, st.sampled_from([0, 1, 2 * SIZE]))
def test_any_answer_has_a_status_or_none(start: bytes, more: int) -> None:
    answer = io.BytesIO(start + b"x" * more)
    try:
        status = NAMES["read_status"](answer)
    except ValueError as error:
        assert str(error) == "no answer in HTTP"
    else:
        assert not 100 <= status <= 199
        assert b" %03d" % status in start
    assert answer.tell() <= SIZE


@given(st.lists(st.integers(100, 199), max_size=5), st.integers(200, 999), st.binary())
def test_the_first_status_that_is_not_interim(interim: list[int], final: int, body: bytes) -> None:
    lines = [b"HTTP/1.1 %d Phrase\r\n\r\n" % status for status in [*interim, final]]
    assert NAMES["read_status"](io.BytesIO(b"".join(lines) + body)) == final


def test_endless_interim_answers_end() -> None:
    answer = io.BytesIO(b"HTTP/1.1 100 Continue\r\n\r\n" * SIZE)
    with pytest.raises(ValueError, match="no answer in HTTP"):
        NAMES["read_status"](answer)
    assert answer.tell() <= SIZE


@pytest.mark.fuzz
@given(command_lines)
@example("-b''--")
def test_any_arguments_say_where_the_server_listens_or_nothing(arguments: str) -> None:
    binds, secure = NAMES["in_arguments"](arguments)
    assert all(isinstance(bind, str) for bind in binds)
    assert isinstance(secure, bool)
