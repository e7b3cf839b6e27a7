# Python environments out of poetry.lock: wheels alone, chosen in evaluation, installed in the sandbox.
#
# Type: { systems ? <the table>, fetchWheel, runPython, builder } -> { readProject, mkPoetryEnv }
#   fetchWheel  { project, version, filename, sha256 } -> derivation of the file
#   runPython   of nix/bootstrap
#   builder     { python, projectDir, groups }: the Python of runPython, and where its `installer` is locked
#
# A Python is described by
#   { version ("3.9.2"), implementation ("cpython"), glibc ("2.31"), system ("x86_64-linux"), prefix ("/usr/local"), … }
# and need not run on the build machine.
{
  systems ? import ../systems.nix,
  fetchWheel,
  runPython,
  builder,
}:
let
  poetryLock = import ./poetry-lock.nix;

  # A poetry project whose lock is read once, for the environments of several Pythons.
  # Type: { projectDir, pyproject ? projectDir + "/pyproject.toml", poetrylock ? projectDir + "/poetry.lock" }
  #   -> { wheelsFor, mkPoetryEnv }
  readProject =
    {
      projectDir ? null,
      pyproject ? projectDir + "/pyproject.toml",
      poetrylock ? projectDir + "/poetry.lock",
    }:
    let
      lock = poetryLock.read { inherit pyproject poetrylock; };
    in
    rec {
      # Type: { python, groups ? [ "main" ], extras ? [ ] } -> [ { project, version, filename, sha256 } ]
      wheelsFor =
        {
          python,
          groups ? [ "main" ],
          extras ? [ ],
        }:
        let
          target = poetryLock.target { inherit systems python; };
        in
        map (poetryLock.wheel target) (poetryLock.select { inherit lock target groups extras; });

      # Type: as wheelsFor -> derivation, a tree to be copied to `python.prefix`: bin, lib/pythonX.Y/site-packages, …
      #   with `python` and `wheels`, the derivations of the wheels
      mkPoetryEnv =
        { python, ... }@args:
        let
          pinned = wheelsFor args;
          minor = builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" python.version);
          wheels = map fetchWheel pinned;
        in
        runPython {
          name = "python${minor}-env";
          main = ./install_wheels.py;
          modules = [ installer ];
          spec = {
            inherit minor;
            inherit (python) prefix;
            wheels = builtins.genList (i: {
              inherit (builtins.elemAt pinned i) filename;
              path = "${builtins.elemAt wheels i}";
            }) (builtins.length pinned);
          };
        }
        // {
          inherit python wheels;
        };
    };

  # The environment of one project and one Python.
  # Type: { projectDir, pyproject ? …, poetrylock ? …, python, groups ? [ "main" ], extras ? [ ] } -> derivation
  mkPoetryEnv =
    args:
    let
      ofProject = builtins.intersectAttrs (builtins.functionArgs readProject) args;
    in
    (readProject ofProject).mkPoetryEnv (removeAttrs args (builtins.attrNames ofProject));

  # The wheel of the program that installs wheels; Python imports it as it is.
  installer = fetchWheel (
    builtins.head (
      (readProject { inherit (builder) projectDir; }).wheelsFor { inherit (builder) python groups; }
    )
  );
in
{
  inherit readProject mkPoetryEnv;
}
