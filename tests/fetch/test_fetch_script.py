"""The script that a user starts: what it asks Nix, apt and the user, before any Python runs."""

import os
import signal
import time
from pathlib import Path

import pytest

from fetch_script import FetchScript, record

APT = "http://deb.test/debian/\nhttp://deb.test/debian/\nhttp://sec.test/debian-security/\nhttp://else.test/tools/\n"


@pytest.fixture
def script(tmp_path: Path) -> FetchScript:
    return FetchScript(tmp_path / "fake")


@pytest.fixture
def ready(script: FetchScript) -> FetchScript:
    """The Python is in the store, one file is missing."""
    script.add_python()
    script.miss("hello_1.deb")
    script.write("apt-mirrors", APT)
    return script


def test_nothing_is_done_when_nothing_is_missing(script: FetchScript) -> None:
    script.write("missing", f"this derivation will be built:\n  {script.write('target.drv', 'Derive([])')}\n")
    assert script.run("image-py39") == (0, [])
    assert not (script.root / "argv").exists() and script.read("downloads") == "" and script.leftovers() == []


def test_the_missing_files_are_left_to_python(ready: FetchScript) -> None:
    missing = ready.miss("a_1.deb", "b_1.deb")
    assert ready.run("image-py39", "--jobs", "3") == (0, [])
    argv = ready.read("argv").splitlines()
    assert argv[-2:] == missing and ready.arguments("--jobs") == ["3"] and ready.leftovers() == []
    assert ready.read("environment").startswith(f"TMPDIR={ready.root}/tmp/")


@pytest.mark.parametrize(
    ("target", "installable"),
    [
        ("image-py39", "/some/flake#image-py39"),
        ("checks.x86_64-linux.unit", "/some/flake#checks.x86_64-linux.unit"),
        ("one^out", "/some/flake#one"),
        (".#one", ".#one"),
        ("#one", ".#one"),
        ("path:.#one^*", "path:.#one"),
        ("/clone?dir=sub#one.stream^out,dev", "/clone?dir=sub#one.stream"),
        (".#", ".#default"),
        (".", ".#default"),
        ("../clone", "../clone#default"),
        ("git+file:///clone", "git+file:///clone#default"),
    ],
)
def test_a_target(ready: FetchScript, target: str, installable: str) -> None:
    assert ready.run("--flake", "/some/flake", target) == (0, [])
    (asked,) = (line for line in ready.read("nix-calls").splitlines() if "path-info" in line)
    assert asked.split()[-1] == installable


def test_the_words_of_a_target_stay_together(ready: FetchScript, tmp_path: Path) -> None:
    (tmp_path / "one.two").touch()
    assert ready.run(".#one --to two *") == (0, [])
    assert ".#one --to two *\n" in ready.read("nix-calls")


@pytest.mark.parametrize(("target", "flake"), [("checks", "path:"), (".#checks", ".#"), ("/clone#checks", "/clone#")])
def test_all_checks(ready: FetchScript, target: str, flake: str) -> None:
    assert ready.run(target) == (0, [])
    (asked,) = (line for line in ready.read("nix-calls").splitlines() if "#checks.x86_64-linux --apply" in line)
    assert f"eval --raw {flake}" in asked
    assert f"--dry-run --option substitute false {ready.root}/target.drv\n" in ready.read("nix-calls")


def test_what_is_no_derivation_is_no_word_of_a_command(ready: FetchScript) -> None:
    """A flake may call anything the derivation of a check."""
    ready.write("more-checks", "--option post-build-hook /x.drv\n-x.drv\nx.drv\n/a b.drv\n/etc/passwd\n")
    assert ready.run("checks") == (0, [])
    assert f"--dry-run --option substitute false {ready.root}/target.drv\n" in ready.read("nix-calls")


def test_the_app_and_the_package_of_a_name(ready: FetchScript) -> None:
    assert ready.run("both") == (0, [])
    assert f"substitute false {ready.root}/app.drv {ready.root}/target.drv\n" in ready.read("nix-calls")


def test_an_app_that_is_a_plain_script_needs_nothing(script: FetchScript) -> None:
    assert script.run(".#script") == (0, [])


def test_a_name_that_there_is_not(script: FetchScript) -> None:
    status, (line,) = script.run(".#image-py39", "/clone#image-py38")
    assert status == 1
    assert line.startswith("fetch: /clone#image-py38: no such package; there are image-py39{,-slim}, default; ")
    assert "the Pythons of Debian's releases" in line and "nix eval" not in line
    assert "--raw /clone#packages.x86_64-linux --apply" in script.read("nix-calls")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no target"),
        (["--nonsense"], "--nonsense: unknown option"),
        (["image-py39", "--from"], "--from: a value is missing"),
        (["image-py39", "--flake", ""], "--flake: a value is missing"),
        (["image-py39", "--debian-mirror", "--jobs", "3"], "--debian-mirror: a value is missing"),
        (["image-py39", "--from", "/nowhere"], "/nowhere: no such folder"),
        (["image-py39", "--to", "/dev/null/x"], "/dev/null/x: cannot be made"),
        (["image-py39", "--jobs", "many"], "--jobs many: not a number"),
        (["image-py39", "--jobs", "0"], "--jobs 0: not a number"),
        (["broken"], "broken: it is broken"),
    ],
)
def test_a_wrong_command_is_answered_in_one_line(ready: FetchScript, arguments: list[str], says: str) -> None:
    status, (line,) = ready.run(*arguments)
    assert status == 1 and line.startswith(f"fetch: {says}") and ready.leftovers() == []


def test_help(script: FetchScript, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.run("--help") == (0, [])
    assert "--debian-mirror URL" in capsys.readouterr().out


def mirrors(script: FetchScript) -> list[str]:
    return script.arguments("--mirror", 2)


def test_mirrors_of_apt(ready: FetchScript) -> None:
    assert ready.run("image-py39") == (0, [])
    assert mirrors(ready) == [
        "debian http://deb.test/debian/",
        "debian http://sec.test/debian/",
        "debian-security http://sec.test/debian-security/",
        "debian-security http://deb.test/debian-security/",
    ]


def test_mirrors_of_apt_in_its_other_spellings(ready: FetchScript, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("# ours\nhttp://listed.test/debian/\tpriority:1\n")
    ready.write("apt-mirrors", f"file:/srv/debian/\nmirror+file:{tmp_path}/list/\ncdrom:[Debian]/debian/\n")
    assert ready.run("image-py39") == (0, [])
    assert mirrors(ready)[:2] == ["debian file:///srv/debian/", "debian http://listed.test/debian/"]


@pytest.mark.parametrize("way", ["option", "variable"])
def test_mirrors_of_the_user_are_the_only_ones(ready: FetchScript, way: str) -> None:
    urls = "http://one.test/archive/debian/20250520T000000Z", "http://debian/mirror/debian"
    if way == "option":
        done = ready.run(
            "--debian-mirror", urls[0], "image-py39", "--debian-mirror", urls[1], DEBIAN_MIRROR="http://no.test/debian"
        )
    else:
        done = ready.run("image-py39", DEBIAN_MIRROR=" ".join(urls))
    assert done == (0, [])
    assert mirrors(ready) == [
        "debian http://one.test/archive/debian/20250520T000000Z/",
        "debian http://debian/mirror/debian/",
        "debian-security http://one.test/archive/debian-security/20250520T000000Z/",
        "debian-security http://debian/mirror/debian-security/",
    ]


def test_a_mirror_of_unusual_form_is_taken_as_it_is(ready: FetchScript) -> None:
    assert ready.run("image-py39", "--debian-mirror", "http://debian/remote") == (0, [])
    assert mirrors(ready) == [
        "debian http://debian/remote/",
        "debian-security http://debian/remote/",
    ]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("notaurl", "not a URL of http, https or file"),
        ("ftp://deb.test/debian", "not a URL of http, https or file"),
        ("file://folder/debian", "not a URL of http, https or file"),
        ("http://deb.test", "its path is missing"),
        ("https://deb.test:8080/", "its path is missing"),
        ("http:///debian", "not the URL of a mirror"),
        ("http://deb..test/debian", "not the URL of a mirror"),
        ("http://deb.test:port/debian", "not the URL of a mirror"),
        ("http://[::1/debian", "not the URL of a mirror"),
        ("http://deb.test/debian?x=y", "not the URL of a mirror"),
        ("http://deb.test/\x01debian", "it holds a space or a character that no URL has"),
        ("http://deb.test/d\xe9bian", "it holds a space or a character that no URL has"),
        ("file:///nowhere/debian", "no such folder"),
    ],
)
def test_a_mirror_that_cannot_be(ready: FetchScript, url: str, says: str) -> None:
    option = "--debian-mirror"
    status, (line,) = ready.run("image-py39", option, "http://good.test/debian", option, url)
    assert status == 1 and line.startswith(f"fetch: {option} ") and line.isprintable()
    assert f": {says}; give one such as http://HOST/debian" in line
    assert ready.read("downloads") == "" and not (ready.root / "argv").exists() and ready.leftovers() == []


@pytest.mark.parametrize("url", ["http://deb.test", "notaurl", "file:///nowhere/debian"])
def test_a_mirror_of_the_variable_that_cannot_be(ready: FetchScript, url: str) -> None:
    status, (line,) = ready.run("image-py39", DEBIAN_MIRROR=f"http://good.test/debian {url}")
    assert status == 1 and line.startswith(f"fetch: DEBIAN_MIRROR {url}: ")
    assert ready.read("downloads") == "" and not (ready.root / "argv").exists() and ready.leftovers() == []


@pytest.mark.parametrize("url", ["http://deb.test/deb ian", "http://deb.test/debian\nhttp://other.test/debian"])
def test_an_option_gives_one_mirror(ready: FetchScript, url: str) -> None:
    status, (line,) = ready.run("image-py39", "--debian-mirror", url)
    assert status == 1 and "it holds a space" in line


def test_a_login_is_not_shown(ready: FetchScript) -> None:
    for url in ("http://me:secret@deb.test", "http://me:secr/et@deb.test/debian"):
        status, (line,) = ready.run("image-py39", "--debian-mirror", url)
        assert status == 1 and "deb.test" in line and "secr" not in line


@pytest.mark.parametrize(
    "url", ["http://me:pw@deb.test:80/debian/", "https://[::1]:8080/debian/", "http://deb_1.test./x/", "file:///a%20b/"]
)
def test_mirrors_of_any_other_form(ready: FetchScript, url: str) -> None:
    assert ready.run("image-py39", "--debian-mirror", url) == (0, [])
    assert mirrors(ready)[0] == f"debian {url}"


def test_a_mirror_in_a_folder(ready: FetchScript, tmp_path: Path) -> None:
    assert ready.run("image-py39", DEBIAN_MIRROR=f"file://{tmp_path}") == (0, [])
    assert mirrors(ready)[0] == f"debian file://{tmp_path}/"


def test_no_mirror(ready: FetchScript) -> None:
    ready.write("apt-mirrors", "http://else.test/tools/\n")
    assert ready.run("image-py39") == (
        1,
        [
            "fetch: no Debian mirror: apt's configuration on this machine names none; "
            "give --debian-mirror URL or set DEBIAN_MIRROR"
        ],
    )


def test_the_proxy_of_apt(ready: FetchScript) -> None:
    ready.write("apt-proxy", "deb_http_proxy='http://proxy.test:3142'\n")
    assert ready.run("image-py39") == (0, [])
    assert "deb_http_proxy=http://proxy.test:3142" in ready.read("environment")


def test_from_a_folder_asks_no_mirror(ready: FetchScript, tmp_path: Path) -> None:
    ready.write("apt-mirrors", "")
    assert ready.run("image-py39", "--from", tmp_path) == (0, [])
    assert ready.arguments("--from") == [str(tmp_path)] and mirrors(ready) == []


def test_to_a_folder_takes_all_that_the_target_needs(ready: FetchScript, tmp_path: Path) -> None:
    needed = ready.miss("a_1.deb", "b_1.deb")
    ready.write("missing", "")
    ready.write("inputs", record("seed_1.deb", "5a") + record("libc_1.deb", "1b"))
    assert ready.run("image-py39", "--to", tmp_path / "folder") == (0, [])
    assert ready.read("argv").splitlines()[-2:] == needed
    assert ready.arguments("--to") == [str(tmp_path / "folder")]
    assert ready.arguments("--file") == ready.read("inputs").splitlines()
    # The temporary folder was beside the files, so that each can be put in place at once.
    assert f"TMPDIR={tmp_path}/folder/" in ready.read("environment") and not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(ready: FetchScript, number: signal.Signals) -> None:
    ready.write("hang", "")
    process = ready.start("image-py39")
    child = wait_for_child(ready)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert ready.leftovers() == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def wait_for_child(script: FetchScript) -> int:
    for _ in range(500):
        path = script.root / "hanging"
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.02)
    raise AssertionError("no child was started")
