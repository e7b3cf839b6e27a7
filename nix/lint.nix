# `scripts/check lint` in the sandbox, with its tools out of tests/poetry.lock.
#
# Type: { bootstrap, builderModules, pytest } -> derivation
{ bootstrap, builderModules, pytest }:
let
  inherit (bootstrap) busybox launcher;
  hostPython = bootstrap.python;
  lint = builderModules ../tests [
    "main"
    "lint"
    "sbom"
  ];
  runtime = builderModules ../runtime [
    "main"
    "pip"
  ];

  # A program that its wheel brings as a binary stands in bin, beside lib.
  binary =
    name:
    launcher {
      inherit (hostPython) tree;
      program = "${lint}/../../../bin/${name}";
    };

  tools = bootstrap.writeScripts "lint-tools" {
    ruff = binary "ruff";
    zizmor = binary "zizmor";
    shellcheck = ''
      #!${busybox}/bin/busybox sh
      exec ${lint}/../../../bin/shellcheck "$@"
    '';
    mypy = ''
      #!${busybox}/bin/busybox sh
      export PYTHONPATH=${lint}:${runtime}
      exec ${hostPython}/bin/python3 -P -m mypy "$@"
    '';
  };

  repository = pytest.repositoryWith [
    ".ci"
    ".github"
    ".shellcheckrc"
    "flake.nix"
    "nix"
    "pyproject.toml"
    "runtime"
    "scripts"
    "setup"
    "templates"
    "tests"
  ];
in
bootstrap.runShell {
  name = "check-lint";
  script = ''
    cp -r ${repository} repository
    chmod -R u+w repository
    cd repository
    PATH=$PATH:${bootstrap.nix}/bin CHECK_TOOLS=${tools}/bin sh scripts/check lint
    echo lint: clean > $out
  '';
}
