"""The hierarchy that base-files' postinst makes."""

from packages import Made
from stack import Stack


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
