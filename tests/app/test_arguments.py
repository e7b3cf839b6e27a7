"""Arguments of mkAppImage that have not their form."""

import pytest

from made_up_project import Project


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("pyton = 1;", "pyton: no such argument; there are app, "),
        ("pyton = 1; image = 2;", "image, pyton: no such argument; there are app, "),
        ('src = "here";', 'src: "here" is not the path of a folder'),
        ("python = 3.13;", "python: 3.13 is not one of "),
        ('python = "3.7";', 'python: "3.7" is not one of "3.11", "3.13", "3.14", "3.15", "3.9"'),
        ('variant = "tiny";', 'variant: "tiny" is not one of "full", "minimal", "slim"'),
        ("tag = 1;", "tag: 1 is not a string"),
        ('app = "shop.main:";', 'app: "shop.main:" is not a module and its attribute'),
        ('files = [ "/app" ];', "files: a list is not a list of names in src"),
        ('groups = "dev";', 'groups: "dev" is not a list of names'),
        ("env.A = true;", "env: a set is not a set of strings and whole numbers"),
        ("config = [ ];", "config: a list is not a set"),
        ('healthcheckPath = "health";', 'healthcheckPath: "health" is not a path such as'),
        ("wheels = [ ./a.whl ];", "wheels: a list is not a set of paths"),
    ],
)
def test_a_line_says_what_is_wrong(project: Project, arguments: str, says: str) -> None:
    assert project.refused(arguments).startswith(f"mkAppImage: {says}")
