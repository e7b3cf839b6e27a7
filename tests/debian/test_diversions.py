"""Diversions, read from the scripts that add them."""

from packages import Made
from stack import Stack


def test_diversions_of_a_loop_and_of_dash(stack: Stack) -> None:
    divert = 'dpkg-divert --package p --no-rename --divert "/lib/$lib.aside" --add "/lib/$lib"'
    loop = f"\tfor lib in a b; do\n\t\t{divert}\n\tdone\n"
    script = (
        'dpkg-divert --package "$p" --divert $distrib --add $dfile\n'
        "    claim_binsh /bin/sh dash\n"
        "    claim_binsh /usr/share/man/sh.1 dash.1 \\\n        /usr/share/man/sh.distrib.1\n"
    )
    stack.add(Made("dpkg"), Made("dash", scripts={"postinst": script}), Made("p", scripts={"preinst": loop}))
    lines = stack.text("var/lib/dpkg/diversions").splitlines()
    assert set(zip(*[iter(lines)] * 3, strict=True)) == {
        ("/bin/sh", "/bin/sh.distrib", "dash"),
        ("/usr/share/man/sh.1", "/usr/share/man/sh.distrib.1", "dash"),
        ("/lib/a", "/lib/a.aside", "p"),
        ("/lib/b", "/lib/b.aside", "p"),
    }


def test_a_layer_diverts_a_file_of_a_package(stack: Stack) -> None:
    stack.add(Made("dpkg"), Made("p", {"lib/a": "packaged"}), diversions={"usr/lib/a": "usr/lib/a.aside"})
    stack.add(Made("q"))
    assert "usr/lib/a" not in stack.tree
    assert stack.text("usr/lib/a.aside") == "packaged"
    assert stack.text("var/lib/dpkg/diversions") == "/usr/lib/a\n/usr/lib/a.aside\n:\n"
    assert "/lib/a\n" in stack.text("var/lib/dpkg/info/p.list")
