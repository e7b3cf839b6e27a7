# What `nix flake check` proves.
#
# Type: { … stages of default.nix … } -> { settled, all, pytest }
#   settled  checks that stand on suites that no longer change: they pass as long as the mirrors keep these
#   all      those and the checks of the suites that still move
#   pytest   the program that runs the tests, for those that need what the sandbox lacks
{
  systems,
  system,
  bootstrap,
  poetry2nix,
  buildPython,
  images,
}:
let
  env = poetry2nix.mkPoetryEnv {
    projectDir = ../tests;
    python = buildPython;
  };

  sitePackages = "${env}/lib/python${buildPython.minor}/site-packages";

  # busybox's applets by name, for tests that run scripts.
  applets = bootstrap.runShell {
    name = "applets";
    script = "$busybox mkdir $out; $busybox --install -s $out";
  };

  root = toString ../.;

  # The files of the repository below some of its folders or files.
  filesOf =
    paths:
    builtins.path {
      name = "source";
      path = ../.;
      filter =
        path: _:
        builtins.any (
          wanted:
          let
            full = "${root}/${wanted}";
            startsWith = prefix: builtins.substring 0 (builtins.stringLength prefix) path == prefix;
          in
          path == full || startsWith "${full}/" || builtins.substring 0 (builtins.stringLength path + 1) full == "${path}/"
        ) paths;
    };

  # Run the tests in tests/<name>, which see only themselves and the files that they test.
  # Type: name -> { sources = [ path in the repository ], ... } -> derivation; more attributes are the environment
  pytest =
    name:
    { sources ? [ ], tests ? name, ... }@args:
    bootstrap.runPython (
      removeAttrs args [ "sources" "tests" ]
      // {
        name = "check-${name}";
        main = ../tests/run.py;
        modules = [ sitePackages ];
        PATH = args.PATH or "${applets}:${bootstrap.nix}/bin";
        spec = {
          source = "${filesOf (sources ++ [ "tests/${tests}" ])}";
          folders = [ "tests/${tests}" ];
        };
      }
    );

  # pytest with all that the tests need, to be run outside the sandbox.
  # Type: derivation with bin/pytest
  pytestProgram = bootstrap.writeScripts "pytest" {
    pytest = ''
      #!${bootstrap.busybox}/bin/busybox sh
      export PYTHONPATH=${sitePackages}
      exec ${bootstrap.python}/bin/python3 -P -m pytest "$@"
    '';
  };

  unit = builtins.mapAttrs pytest {
    debian.sources = [ "nix/debian" "nix/docker-tools/layer_tar.py" ];
    docker_tools.sources = [ "nix" ];
    fetch = {
      sources = [ "nix/fetch" ];
      # Without Nix: it would have to build, in a sandbox within the sandbox.
      PATH = applets;
    };
    poetry2nix = {
      sources = [ "nix/systems.nix" "nix/poetry2nix" "runtime/pyproject.toml" "runtime/poetry.lock" "tests/pyproject.toml" "tests/poetry.lock" ];
      POETRY2NIX_CASES = builtins.toFile "cases.json" (builtins.toJSON (import ../tests/poetry2nix/cases.nix));
    };
    runtime.sources = [ "runtime" ];
  };
in
rec {
  settled = unit;
  all = settled;
  allChecks = bootstrap.runShell {
    name = "all-checks";
    checks = builtins.attrValues all ++ builtins.attrValues images;
    script = "cat /dev/null > $out";
  };
  pytest = pytestProgram;
}
