"""The common files of PAM, as pam-auth-update(8) makes them from the profiles in /usr/share/pam-configs."""

import re
from collections.abc import Iterator

from system import System, Target
from tree import Entry, text

TEMPLATES = "usr/share/pam"
PROFILES = "usr/share/pam-configs"
SOURCES = (f"{TEMPLATES}/common-*", f"{PROFILES}/*")
STATE = "var/lib/pam"
# The kinds of modules (pam.conf(5)); the last is a subset of sessions, for programs such as cron.
TYPES = ("auth", "account", "password", "session", "session-noninteractive")

FIELD = re.compile(r"([^\s:]\S*):[ \t]*(.*)")
PRIORITY = re.compile(r"[0-9]{1,9}")
# The line of a block without a module: go on.
NOTHING = "[default=1]\t\t\tpam_permit.so"

# Field → its lines.
Profile = dict[str, list[str]]


def compose(system: System, target: Target) -> Iterator[Entry]:
    """The common files with the modules of all profiles that are on by default, and pam-auth-update's state."""
    if "libpam-runtime" not in system.packages:
        return
    names = [path.removeprefix(f"{PROFILES}/") for path in system.sources if path.startswith(f"{PROFILES}/")]
    profiles = {}
    for name in names:
        try:
            profiles[name] = _profile(system.source(f"{PROFILES}/{name}"))
        except ValueError as error:
            raise ValueError(f"{PROFILES}/{name}: {error}; leave its package out") from None
    seen = sorted(profiles, key=lambda name: (-int(profiles[name]["Priority"][0]), name))
    enabled = {name: profiles[name] for name in seen if profiles[name]["Default"] == ["yes"]}
    yield text(f"{STATE}/seen", "".join(f"{name}\n" for name in seen))
    for kind in TYPES:
        blocks = {block: _lines(enabled, kind, block) for block in ("Primary", "Additional")}
        yield text(f"etc/pam.d/common-{kind}", _fill(system.source(f"{TEMPLATES}/common-{kind}"), kind, blocks))
        lines = [] if blocks["Primary"] else ["Module: null", NOTHING]
        for name, line in (*blocks["Primary"], *blocks["Additional"]):
            lines += [f"Module: {name}", line]
        yield text(f"{STATE}/{kind}", "".join(f"{line}\n" for line in lines))


def _profile(content: str) -> Profile:
    """The fields of a profile. Those of session hold for session-noninteractive too, unless it says otherwise.

    Raises ValueError if it lacks what every profile needs.
    """
    profile: Profile = {}
    lines: list[str] | None = None
    for line in content.split("\n"):
        if found := FIELD.fullmatch(line):
            lines = profile[found[1]] = [found[2].strip()] if found[2].strip() else []
        elif line.strip():
            if lines is None:
                raise ValueError("does not begin with a field")
            lines.append(line.strip())
    if not PRIORITY.fullmatch("".join(profile.get("Priority", []))) or "Default" not in profile:
        raise ValueError("is no profile, which needs a number as Priority, and a Default")
    if profile.get("Session-Interactive-Only") != ["yes"]:
        for part in ("", "-Initial", "-Type"):
            profile[f"Session-noninteractive{part}"] = profile.get(f"Session{part}", [])
    return profile


def _lines(enabled: dict[str, Profile], kind: str, block: str) -> list[tuple[str, str]]:
    """The (profile, line) pairs of one block. The profile that comes first may have other lines for that place."""
    field = kind.capitalize()
    lines: list[tuple[str, str]] = []
    for name, profile in enabled.items():
        if profile.get(f"{field}-Type") == [block]:
            first = not lines and profile.get(f"{field}-Initial")
            lines += [(name, line) for line in (first or profile.get(field, []))]
    return lines


def _fill(template: str, kind: str, blocks: dict[str, list[tuple[str, str]]]) -> str:
    """The template with its variables replaced. A jump to `end` skips the rest of the block's lines."""
    kind = kind.removesuffix("-noninteractive")
    for block, pairs in blocks.items():
        # A jump skips the rest of the block. In the last block it must stop before the last line, to stay in the stack.
        skipped = len(pairs) - (block == "Additional")
        lines = [_jump(line, skipped - number) for number, (_, line) in enumerate(pairs)]
        if block == "Primary" and not lines:
            lines = [NOTHING]
        filling = "".join(f"{kind}\t{line}\n" for line in lines)
        variable = re.compile(rf"^\$\w+_{block.lower()}\n", re.MULTILINE)
        template = filling.join(variable.split(template, maxsplit=1))
    return template


def _jump(line: str, count: int) -> str:
    """The line with `count` for the jump's `end`, and one space before options, as pam-auth-update writes it."""
    line = re.sub(r"^(\[.*?\]|\S+)(\s+\S+)\s*", r"\1\2 ", line)
    return re.sub(r"=end\b", f"={count}", line)
