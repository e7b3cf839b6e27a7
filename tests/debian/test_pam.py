"""PAM's common files, made from the profiles of packages."""

from packages import Made
from stack import Stack

UNIX = """\
Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass
Auth-Initial:
\t[success=end default=ignore]\tpam_unix.so nullok
Session-Type: Additional
Session:
\trequired\tpam_unix.so
"""

FIRST = """\
Name: First
Default: yes
Priority: 900
Auth-Type: Primary
Auth:
\t[success=end default=ignore]\tpam_first.so
Session-Interactive-Only: yes
Session-Type: Additional
Session:
\toptional\tpam_first.so
"""

OFF = FIRST.replace("First", "Off").replace("yes", "no", 1).replace("pam_first", "pam_off")


def pam_runtime(**profiles: str) -> Made:
    """The package whose postinst runs pam-auth-update, with profiles of packages by their names."""
    templates = {}
    for kind in ("auth", "account", "password", "session", "session-noninteractive"):
        stem = kind.partition("-")[0]
        templates[f"usr/share/pam/common-{kind}"] = f"# start\n${stem}_primary\n# deny\n${stem}_additional\n# end\n"
    return Made(
        "libpam-runtime", templates | {f"usr/share/pam-configs/{name}": text for name, text in profiles.items()}
    )


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_a_jump_leads_over_the_rest_of_the_block(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, first=FIRST, off=OFF))
    assert words(stack.text("etc/pam.d/common-auth")) == [
        ["#", "start"],
        ["auth", "[success=2", "default=ignore]", "pam_first.so"],
        ["auth", "[success=1", "default=ignore]", "pam_unix.so", "nullok", "try_first_pass"],
        ["#", "deny"],
        ["#", "end"],
    ]


def test_the_first_profile_has_its_own_lines(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX))
    assert ["auth", "[success=1", "default=ignore]", "pam_unix.so", "nullok"] in words(
        stack.text("etc/pam.d/common-auth")
    )


def test_a_block_without_a_module_permits(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, first=FIRST))
    assert words(stack.text("etc/pam.d/common-session"))[1:] == [
        ["session", "[default=1]", "pam_permit.so"],
        ["#", "deny"],
        ["session", "optional", "pam_first.so"],
        ["session", "required", "pam_unix.so"],
        ["#", "end"],
    ]
    assert "pam_first" not in stack.text("etc/pam.d/common-session-noninteractive")


def test_no_jump_leads_out_of_the_stack(stack: Stack) -> None:
    session = "Session-Type: Additional\nSession:\n\t[default=end]\tpam_{0}.so\n"
    profiles = {name: f"Name: {name}\nDefault: yes\nPriority: 1\n{session.format(name)}" for name in ("a", "b")}
    stack.add(pam_runtime(**profiles))
    jumps = [line[1:] for line in words(stack.text("etc/pam.d/common-session")) if line[0] == "session"]
    assert jumps == [["[default=1]", "pam_permit.so"], ["[default=1]", "pam_a.so"], ["[default=0]", "pam_b.so"]]


def test_the_state_names_the_enabled_profiles(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, off=OFF))
    assert set(stack.text("var/lib/pam/seen").split()) == {"unix", "off"}
    assert stack.text("var/lib/pam/auth") == "Module: unix\n[success=end default=ignore]\tpam_unix.so nullok\n"
