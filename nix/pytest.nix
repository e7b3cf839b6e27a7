# pytest on the Python of the builders, with the libraries of tests/poetry.lock and what the images serve with.
#
# Type: { bootstrap, builderModules } -> { run, program, repositoryWith, applets }
{ bootstrap, builderModules }:
let
  inherit (bootstrap) runPython runShell busybox;
  hostPython = bootstrap.python;

  testsOf = builderModules ../tests;
  tests = testsOf [ "main" ];
  runtime = builderModules ../runtime [ "main" ];

  # busybox's applets by name, for tests that run scripts.
  applets = runShell {
    name = "applets";
    script = ''
      mkdir $out
      $busybox --install -s $out
    '';
  };

  # What pytest reads, whatever it runs.
  shared = [
    "pyproject.toml"
    "tests/conftest.py"
  ];

  root = toString ../.;

  startsWith = prefix: string: builtins.substring 0 (builtins.stringLength prefix) string == prefix;

  # The repository with some of its files and folders alone.
  # Type: [ path in the repository ] -> store path
  repositoryWith =
    paths:
    builtins.path {
      name = "repository";
      path = ../.;
      filter =
        path: _:
        builtins.any (
          wanted: path == wanted || startsWith "${wanted}/" path || startsWith "${path}/" wanted
        ) (map (wanted: "${root}/${wanted}") paths);
    };
in
{
  inherit repositoryWith applets;

  # Run the tests of one folder in the sandbox. They see themselves and the files that they test, nothing else.
  # Type: { name, folder, sources ? [ ], groups ? [ ], withNix ? false, withRuntime ? false, ... } -> derivation
  #   folder       in the repository, as are the files and folders of sources; it may be a file, too
  #   groups       of tests/poetry.lock that they need beside main
  #   withNix      put Nix on PATH, which can evaluate but not build
  #   withRuntime  let Python import what the images serve with, such as Gunicorn
  # Further attributes are the tests' environment.
  run =
    {
      name,
      folder,
      sources ? [ ],
      groups ? [ ],
      withNix ? false,
      withRuntime ? false,
      ...
    }@args:
    runPython (
      removeAttrs args [
        "folder"
        "sources"
        "groups"
        "withNix"
        "withRuntime"
      ]
      // {
        main = ../tests/run.py;
        modules = [ (testsOf ([ "main" ] ++ groups)) ] ++ (if withRuntime then [ runtime ] else [ ]);
        PATH = if withNix then "${applets}:${bootstrap.nix}/bin" else applets;
        spec = {
          inherit folder;
          repository = "${repositoryWith (sources ++ shared ++ [ folder ])}";
        };
      }
    );

  # The same pytest for tests that need what the sandbox lacks, such as a Docker engine.
  # Type: derivation with bin/pytest
  program = bootstrap.writeScripts "pytest" {
    pytest = ''
      #!${busybox}/bin/busybox sh
      export PYTHONPATH=${tests}
      exec ${hostPython}/bin/python3 -P -m pytest "$@"
    '';
  };
}
