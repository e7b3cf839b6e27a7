"""User and group databases."""

from packages import Made
from stack import MTIME, Stack

PASSWD = "root:*:0:0:root:/root:/bin/bash\nmail:*:8:8:mail:/var/mail:/usr/sbin/nologin\n"
GROUP = "root:*:0:\nmail:*:8:\nshadow:*:42:\nusers:*:100:\nnogroup:*:65534:\n"
MASTERS = Made(
    "base-passwd", {"usr/share/base-passwd/passwd.master": PASSWD, "usr/share/base-passwd/group.master": GROUP}
)
ADDUSER = "\tadduser --force-badname --system --home /nonexistent  \\\n\t    --no-create-home --quiet _apt || true\n"


def lines(stack: Stack, path: str) -> dict[str, list[str]]:
    return {line.split(":")[0]: line.split(":") for line in stack.text(path).splitlines()}


def test_passwords_are_in_the_shadow_files(stack: Stack) -> None:
    stack.add(MASTERS)
    assert {row[1] for path in ("etc/passwd", "etc/group") for row in lines(stack, path).values()} == {"x"}
    assert {row[1] for path in ("etc/shadow", "etc/gshadow") for row in lines(stack, path).values()} == {"*"}
    assert lines(stack, "etc/shadow")["root"][2] == str(MTIME // 86400)
    for path in ("etc/shadow", "etc/gshadow"):
        assert (stack.tree[path].mode, stack.tree[path].owner) == (0o640, (0, 42))


def test_a_postinst_adds_a_user_with_the_first_free_number(stack: Stack) -> None:
    stack.add(MASTERS)
    stack.add(Made("apt", scripts={"postinst": ADDUSER}))
    assert ":".join(lines(stack, "etc/passwd")["_apt"]) == "_apt:x:100:65534::/nonexistent:/usr/sbin/nologin"
    assert lines(stack, "etc/shadow")["_apt"][1] == "*"


def test_a_group_gets_the_first_free_number(stack: Stack) -> None:
    script = "\t\taddgroup --system --quiet ssh\n"
    stack.add(MASTERS, Made("openssh-client", scripts={"postinst": script}))
    # 100 is taken by users.
    assert lines(stack, "etc/group")["ssh"][2] == "101"
    assert lines(stack, "etc/gshadow")["ssh"][1] == "!"


def test_a_user_of_the_masters_is_not_added_again(stack: Stack) -> None:
    masters = dict(MASTERS.files)
    masters["usr/share/base-passwd/passwd.master"] = PASSWD + "_apt:*:42:65534::/nonexistent:/usr/sbin/nologin\n"
    stack.add(Made("base-passwd", masters), Made("apt", scripts={"postinst": ADDUSER}))
    assert stack.text("etc/passwd").count("_apt") == 1
