"""First configuration files: shells, time zone, apt, PAM, the hierarchy."""

import pytest

from conftest import Stack
from deb import paragraph
from packages import Made

SHELLS = "# /etc/shells: valid login shells\n/bin/sh\n"


def test_shells_of_scripts(stack: Stack) -> None:
    stack.add(
        Made("debianutils", {"usr/share/debianutils/shells": SHELLS}),
        Made("dash", scripts={"postinst": "\tadd-shell /bin/dash\n"}),
    )
    assert stack.text("etc/shells") == SHELLS + "/bin/dash\n/usr/bin/dash\n"


def test_shells_of_files(stack: Stack) -> None:
    stack.add(
        Made("debianutils", {"usr/share/debianutils/shells": SHELLS}),
        Made("bash", {"usr/share/debianutils/shells.d/bash": "/bin/bash\n/usr/bin/bash\n"}),
    )
    assert stack.text("etc/shells") == SHELLS + "/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"
    # What update-shells(8) believes to have added itself.
    assert stack.text("var/lib/shells.state") == "/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n"


def test_a_default_is_copied_byte_by_byte(stack: Stack) -> None:
    stack.add(Made("adduser", {"usr/share/adduser/adduser.conf": "# Ő\n"}))
    stack.add(Made("other"))
    assert stack.text("etc/adduser.conf") == "# Ő\n"
    assert "etc/adduser.conf" not in stack.last


def test_a_file_that_a_package_ships_is_not_composed(stack: Stack) -> None:
    stack.add(Made("adduser", {"usr/share/adduser/adduser.conf": "composed", "etc/adduser.conf": "shipped"}))
    assert stack.text("etc/adduser.conf") == "shipped"


@pytest.mark.parametrize(
    ("script", "has_timezone"), [("", True), ('if test -f "$DPKG_ROOT/etc/timezone"; then\n', False)]
)
def test_time_zone(stack: Stack, script: str, has_timezone: bool) -> None:
    stack.add(Made("tzdata", scripts={"postinst": script}))
    assert stack.tree["etc/localtime"].target == "/usr/share/zoneinfo/Etc/UTC"
    assert ("etc/timezone" in stack.tree) == has_timezone


def test_hosts_come_before_dns_without_libc_bin(stack: Stack) -> None:
    stack.add(Made("libc6", fields={"Version": "2.36-1"}))
    assert "hosts: files dns\n" in stack.text("etc/nsswitch.conf")


def test_hierarchy_of_base_files(stack: Stack) -> None:
    masters = {
        "usr/share/base-passwd/passwd.master": "root:*:0:0:::\n",
        "usr/share/base-passwd/group.master": "mail:*:8:\nutmp:*:43:\nshadow:*:42:\n",
    }
    script = (
        "install_directory() {\n}\n"
        "  install_from_default dot.profile   /etc/skel/.profile\n  install_directory var/mail 2775 mail\n"
        "  install_local_dir /usr/local/libexec\n  install_from_default gone /etc/gone\n"
    )
    stack.add(
        Made("base-passwd", masters),
        Made("base-files", {"usr/share/base-files/dot.profile": "mesg n\n"}, {"postinst": script}),
    )
    tree = stack.tree
    assert tree["etc/skel/.profile"].data == b"mesg n\n"
    assert (tree["var/mail"].mode, tree["var/mail"].owner) == (0o2775, (0, 8))
    assert (tree["var/log/wtmp"].mode, tree["var/log/wtmp"].owner) == (0o664, (0, 43))
    assert tree["usr/local/libexec"].info.isdir()
    assert (tree["etc/machine-id"].data, "etc/gone" in tree) == (b"", False)


@pytest.mark.parametrize("updates", ["", "deb http://deb.example/debian bullseye-updates main contrib\n"])
def test_apt_sources_of_a_list(stack: Stack, updates: str) -> None:
    example = (
        "# deb http://no.example x main\ndeb http://deb.example/debian bullseye main contrib\n"
        f"{updates}deb http://s.example bullseye-security main contrib\n#deb-src http://deb.example/debian bullseye main\n"
    )
    stack.add(Made("apt", {"usr/share/doc/apt/examples/sources.list": example}), exclude=["usr/share/doc/*"])
    assert stack.text("etc/apt/sources.list").splitlines() == [
        "deb http://deb.example/debian bullseye main",
        "deb http://deb.example/debian bullseye-updates main",
        "deb http://deb.example/debian-security bullseye-security main",
    ]


def test_apt_sources_of_deb822(stack: Stack) -> None:
    example = (
        "## a comment\nTypes: deb\nURIs: http://deb.example/debian\nSuites: trixie trixie-updates\n"
        "Components: main contrib non-free\nSigned-By: /k.gpg\n\n## more\nTypes: deb\n"
        "URIs: http://deb.example/debian-security\nSuites: trixie-security\nComponents: main contrib\n"
    )
    stack.add(Made("apt", {"usr/share/doc/apt/examples/debian.sources": example}))
    sources = [paragraph(text) for text in stack.text("etc/apt/sources.list.d/debian.sources").strip().split("\n\n")]
    assert [source["Suites"] for source in sources] == ["trixie trixie-updates", "trixie-security"]
    assert {source["Components"] for source in sources} == {"main"}
    assert sources[0]["Signed-By"] == "/k.gpg"


def test_packages_that_nobody_asked_for_are_automatic(stack: Stack) -> None:
    stack.add(
        Made("apt"),
        Made("dash", fields={"Essential": "yes"}),
        Made("data", fields={"Architecture": "all"}),
        manual=["apt"],
    )
    stack.add(Made("git"), Made("libcurl"), manual=["git"])
    states = [paragraph(text) for text in stack.text("var/lib/apt/extended_states").strip().split("\n\n")]
    assert [(state["Package"], state["Architecture"], state["Auto-Installed"]) for state in states] == [
        ("data", "amd64", "1"),
        ("libcurl", "amd64", "1"),
    ]


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
    templates = {}
    for kind in ("auth", "account", "password", "session", "session-noninteractive"):
        stem = kind.partition("-")[0]
        templates[f"usr/share/pam/common-{kind}"] = f"# start\n${stem}_primary\n# deny\n${stem}_additional\n# end\n"
    return Made(
        "libpam-runtime", templates | {f"usr/share/pam-configs/{name}": text for name, text in profiles.items()}
    )


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_pam_jumps_over_the_rest_of_the_block(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, first=FIRST, off=OFF))
    assert words(stack.text("etc/pam.d/common-auth")) == [
        ["#", "start"],
        ["auth", "[success=2", "default=ignore]", "pam_first.so"],
        ["auth", "[success=1", "default=ignore]", "pam_unix.so", "nullok", "try_first_pass"],
        ["#", "deny"],
        ["#", "end"],
    ]


def test_pam_first_profile_has_its_own_lines(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX))
    assert ["auth", "[success=1", "default=ignore]", "pam_unix.so", "nullok"] in words(
        stack.text("etc/pam.d/common-auth")
    )


def test_pam_block_without_module_permits(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, first=FIRST))
    assert words(stack.text("etc/pam.d/common-session"))[1:] == [
        ["session", "[default=1]", "pam_permit.so"],
        ["#", "deny"],
        ["session", "optional", "pam_first.so"],
        ["session", "required", "pam_unix.so"],
        ["#", "end"],
    ]
    assert "pam_first" not in stack.text("etc/pam.d/common-session-noninteractive")


def test_pam_never_jumps_out_of_the_stack(stack: Stack) -> None:
    session = "Session-Type: Additional\nSession:\n\t[default=end]\tpam_{0}.so\n"
    profiles = {name: f"Name: {name}\nDefault: yes\nPriority: 1\n{session.format(name)}" for name in ("a", "b")}
    stack.add(pam_runtime(**profiles))
    jumps = [line[1:] for line in words(stack.text("etc/pam.d/common-session")) if line[0] == "session"]
    assert jumps == [["[default=1]", "pam_permit.so"], ["[default=1]", "pam_a.so"], ["[default=0]", "pam_b.so"]]


def test_pam_remembers_what_it_enabled(stack: Stack) -> None:
    stack.add(pam_runtime(unix=UNIX, off=OFF))
    assert set(stack.text("var/lib/pam/seen").split()) == {"unix", "off"}
    assert stack.text("var/lib/pam/auth") == "Module: unix\n[success=end default=ignore]\tpam_unix.so nullok\n"
