"""The time at which an image was made, as users write it and as an image config has it."""

import re
from datetime import UTC, datetime


def utc(text: str) -> str:
    """A date or time as in ISO 8601, or "@" and seconds since 1970 → RFC 3339 in UTC, which is meant without an offset.

    Raises ValueError if there is no such time.
    Example: utc("2026-01-31") == "2026-01-31T00:00:00Z"
    """
    try:
        if re.fullmatch("@[0-9]{1,12}", text):
            time = datetime.fromtimestamp(int(text[1:]), UTC)
        else:
            time = datetime.fromisoformat(text)
            time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
    return time.replace(tzinfo=None).isoformat() + "Z"
