"""The alternatives that packages install."""

import pytest

from packages import Made, symlink
from stack import Stack

DPKG = Made("dpkg")
ADMIN = "var/lib/dpkg/alternatives"

MAWK = Made(
    "mawk",
    {"usr/bin/mawk": b"", "usr/share/man/man1/mawk.1.gz": b""},
    {
        "postinst": "#!/bin/sh\nif true; then\n"
        "    update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n"
        "        --slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \\\n"
        "        --slave /usr/bin/nawk nawk /usr/bin/mawk\nfi\n"
    },
)
GAWK = Made(
    "gawk",
    {"usr/bin/gawk": b""},
    {"postinst": "update-alternatives --quiet --install /usr/bin/awk awk /usr/bin/gawk 10 || true\n"},
)


def test_links_and_state(stack: Stack) -> None:
    stack.add(DPKG, MAWK)
    tree = stack.tree
    assert tree["usr/bin/awk"].target == "/etc/alternatives/awk"
    assert tree["etc/alternatives/awk"].target == "/usr/bin/mawk"
    assert tree["usr/bin/nawk"].target == "/etc/alternatives/nawk"
    assert tree["etc/alternatives/awk.1.gz"].target == "/usr/share/man/man1/mawk.1.gz"
    # update-alternatives(1): mode, link, each slave and its link, a blank line; each choice; a blank line.
    head, choices, end = stack.text(f"{ADMIN}/awk").split("\n\n")
    assert head.splitlines() == [
        "auto",
        "/usr/bin/awk",
        "awk.1.gz",
        "/usr/share/man/man1/awk.1.gz",
        "nawk",
        "/usr/bin/nawk",
    ]
    assert choices.splitlines() == ["/usr/bin/mawk", "5", "/usr/share/man/man1/mawk.1.gz", "/usr/bin/mawk"]
    assert end == ""


def test_the_highest_priority_wins_and_an_upper_layer_changes_the_link(stack: Stack) -> None:
    stack.add(DPKG, MAWK)
    stack.add(GAWK)
    assert stack.tree["etc/alternatives/awk"].target == "/usr/bin/gawk"
    assert stack.last["etc/alternatives/awk"].target == "/usr/bin/gawk"
    choices = stack.text(f"{ADMIN}/awk").split("\n\n", 1)[1]
    # gawk has no slaves: their lines are blank.
    assert choices == "/usr/bin/gawk\n10\n\n\n/usr/bin/mawk\n5\n/usr/share/man/man1/mawk.1.gz\n/usr/bin/mawk\n\n"


def test_a_slave_that_is_left_out_has_no_link(stack: Stack) -> None:
    stack.add(DPKG, MAWK, exclude=["usr/share/man/*"])
    assert "etc/alternatives/awk.1.gz" not in stack.tree
    assert "usr/bin/nawk" in stack.tree


def test_a_choice_that_does_not_exist_is_none(stack: Stack) -> None:
    stack.add(DPKG, Made("a", scripts={"postinst": "update-alternatives --install /usr/bin/x x /usr/bin/missing 1\n"}))
    assert not {"usr/bin/x", f"{ADMIN}/x"} & stack.tree.keys()


def test_variables_comments_and_unmerged_paths(stack: Stack) -> None:
    script = (
        "ver=1.16\nprio=34\nupdate-alternatives --install /lib/a a \\\n\t/bin/a-$ver $prio \\\n\t#--slave /x x /y\n"
    )
    stack.add(DPKG, Made("a", {"bin/a-1.16": b""}, {"postinst": script}))
    assert stack.tree["usr/lib/a"].target == "/etc/alternatives/a"
    assert stack.tree["etc/alternatives/a"].target == "/bin/a-1.16"
    assert "\n34\n" in stack.text(f"{ADMIN}/a")


@pytest.mark.parametrize("arguments", ['/usr/bin/$cmd "$cmd" /x 20', "", "$all"])
def test_a_call_that_can_not_be_read_is_reported(
    stack: Stack, capsys: pytest.CaptureFixture[str], arguments: str
) -> None:
    stack.add(DPKG, Made("odd", scripts={"postinst": f"update-alternatives --install {arguments}\n"}))
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("debian: odd: alternatives: ")


def test_scripts_that_compute_their_calls(stack: Stack) -> None:
    script = "update-alternatives --install /usr/bin/lzma lzma /usr/bin/xz 20 $(\n"
    files = {f"usr/bin/{name}": symlink("xz") if name != "xz" else b"" for name in ("xz", "unxz", "xzcat")}
    stack.add(DPKG, Made("xz-utils", files, {"postinst": script}))
    assert {stack.tree[f"etc/alternatives/{name}"].target for name in ("lzma", "unlzma", "lzcat")} == {
        "/usr/bin/xz",
        "/usr/bin/unxz",
        "/usr/bin/xzcat",
    }
    assert "etc/alternatives/lzgrep" not in stack.tree


def test_without_dpkg_there_are_none(stack: Stack) -> None:
    stack.add(MAWK, database="status.d")
    assert "usr/bin/awk" not in stack.tree


def test_without_dpkg_libraries_are_found_and_no_state_is_kept(stack: Stack) -> None:
    """A program that needs libblas.so.3 finds it by the alternative alone."""
    folder = "/usr/lib/x86_64-linux-gnu"
    call = f"update-alternatives --install {folder}/libblas.so.3 libblas.so.3-x86 {folder}/blas/libblas.so.3 10\n"
    stack.add(MAWK, Made("libblas3", {f"{folder[1:]}/blas/libblas.so.3": b""}, {"postinst": call}), database="status.d")
    assert stack.tree[f"{folder[1:]}/libblas.so.3"].target == "/etc/alternatives/libblas.so.3-x86"
    assert stack.tree["etc/alternatives/libblas.so.3-x86"].target == f"{folder}/blas/libblas.so.3"
    assert not [path for path in stack.tree if path.startswith(ADMIN) or "awk" in path.split("/")]


def test_without_dpkg_commands_come_beside_those_that_the_image_was_given(stack: Stack) -> None:
    stack.add(links={"usr/bin/awk": "busybox"}, database="status.d")
    magick = Made(
        "imagemagick",
        {"usr/bin/convert-im6": b""},
        {"postinst": "update-alternatives --install /usr/bin/convert convert /usr/bin/convert-im6 10\n"},
    )
    stack.add(MAWK, magick, database="status.d")
    assert stack.tree["usr/bin/convert"].target == "/etc/alternatives/convert"
    assert stack.tree["usr/bin/awk"].target == "busybox"


def test_calls_in_a_loop(stack: Stack) -> None:
    """As ImageMagick's, whose programs all have another name."""
    script = (
        "for - in x; do true; done\nif true; then\n    for prog in convert identify; do\n"
        "\tupdate-alternatives --install /usr/bin/$prog \\\n\t    $prog /usr/bin/${prog}-im7 100\n    done\nfi\n"
        "update-alternatives --install /usr/bin/other other /usr/bin/other-im7 1\n"
    )
    programs = ("convert", "identify", "other")
    stack.add(DPKG, Made("magick", {f"usr/bin/{name}-im7": b"" for name in programs}, {"postinst": script}))
    for name in programs:
        assert stack.tree[f"usr/bin/{name}"].target == f"/etc/alternatives/{name}"
        assert stack.tree[f"etc/alternatives/{name}"].target == f"/usr/bin/{name}-im7"
    assert len([path for path in stack.tree if path.startswith("etc/alternatives/")]) == len(programs)


def test_calls_as_those_of_openjdk(stack: Stack) -> None:
    """Its programs are words of a variable, and it computes whether they have manual pages."""
    script = """
home=/usr/lib/jvm/one
priority=1700
tools='java keytool'
for i in $tools; do
    if [ -e $home/man/$i.1.gz ]; then
        page="--slave \\
            /usr/share/man/man1/$i.1.gz $i.1.gz $home/man/$i.1.gz"
    fi
    update-alternatives \\
        --install /usr/bin/$i $i $home/bin/$i $priority \\
        $page $other_page
done
update-alternatives \\
\t--install /usr/bin/jexec jexec $home/bin/jexec $priority
"""
    programs = ("java", "keytool", "jexec")
    stack.add(DPKG, Made("jre", {f"usr/lib/jvm/one/bin/{name}": b"" for name in programs}, {"postinst": script}))
    for name in programs:
        assert stack.tree[f"usr/bin/{name}"].target == f"/etc/alternatives/{name}"
        assert stack.tree[f"etc/alternatives/{name}"].target == f"/usr/lib/jvm/one/bin/{name}"
