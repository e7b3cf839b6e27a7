# pytest on the Python of the builders, with the libraries of tests/poetry.lock.
#
# Type: { runPython, runShell, writeScripts, busybox, interpreter, nix, env } -> { run, program }
#   env  of mkPoetryEnv
{
  runPython,
  runShell,
  writeScripts,
  busybox,
  interpreter,
  nix,
  env,
}:
let
  sitePackages = "${env}/lib/python${interpreter.version}/site-packages";

  # busybox's applets by name, for tests that run scripts.
  applets = runShell {
    name = "applets";
    script = ''
      mkdir $out
      $busybox --install -s $out
    '';
  };

  options = [
    "-p"
    "no:cacheprovider"
    # The same examples each time, and however long one takes: a busy machine is no failure.
    "--hypothesis-profile=ci"
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
        PATH = if withNix then "${applets}:${nix}/bin" else applets;
        spec = {
          inherit folder options;
          repository = "${repositoryWith (sources ++ [ folder ])}";
        };
      }
    );

  # The same pytest for tests that need what the sandbox lacks, such as a Docker engine.
  # Type: derivation with bin/pytest
  program = writeScripts "pytest" {
    pytest = ''
      #!${busybox}/bin/busybox sh
      export PYTHONPATH=${sitePackages}
      exec ${interpreter}/bin/python3 -P -m pytest ${builtins.concatStringsSep " " options} "$@"
    '';
  };
}
