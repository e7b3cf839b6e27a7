"""The time at which an image was made, as users write it and as an image config has it."""

import re
from datetime import UTC, datetime


def utc(text: str) -> str:
    """A time in UTC, as RFC 3339 has it.

    It comes in a form of ISO 8601, as "@" and seconds since 1970, or as the 14 digits of a flake's lastModifiedDate.
    Without a time of day or an offset, these are zero. Raises ValueError if there is no such time.
    Example: utc("2026-01-31") == "2026-01-31T00:00:00Z"
    """
    text = re.sub("^([0-9]{8})([0-9]{6})$", r"\1T\2", text)
    try:
        if re.fullmatch("@[0-9]{1,12}", text):
            time = datetime.fromtimestamp(int(text[1:]), UTC)
        elif re.match(r"[0-9W-]{8,10}([T ]|\Z)", text):
            time = datetime.fromisoformat(text)
        else:
            # Python takes any character between date and time, digits too.
            raise ValueError(f"{text} is no date")
        time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError(f"{text} is out of range") from None
    return time.replace(tzinfo=None).isoformat() + "Z"
