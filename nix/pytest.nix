# pytest on the Python of the builders, with the libraries of tests/poetry.lock.
#
# Type: { bootstrap, python, poetry2nix } -> { run, program, repositoryWith }
{
  bootstrap,
  python,
  poetry2nix,
}:
let
  inherit (bootstrap) runPython runShell busybox;
  hostPython = bootstrap.python;
  env = poetry2nix.mkPoetryEnv {
    projectDir = ../tests;
    python = python.builderPython;
  };
  sitePackages = "${env}/lib/python${hostPython.version}/site-packages";

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
  inherit repositoryWith;

  # Run the tests of one folder in the sandbox. They see themselves and the files that they test, nothing else.
  # Type: { name, folder, sources ? [ ], withNix ? false, ... } -> derivation
  #   folder   in the repository, as are the files and folders of sources
  #   withNix  put Nix on PATH, which can evaluate but not build
  # Further attributes are the tests' environment.
  run =
    {
      name,
      folder,
      sources ? [ ],
      withNix ? false,
      ...
    }@args:
    runPython (
      removeAttrs args [
        "folder"
        "sources"
        "withNix"
      ]
      // {
        main = ../tests/run.py;
        modules = [ sitePackages ];
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
      export PYTHONPATH=${sitePackages}
      exec ${hostPython}/bin/python3 -P -m pytest "$@"
    '';
  };
}
