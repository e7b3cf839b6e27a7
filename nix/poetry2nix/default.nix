# Python environments out of poetry.lock: wheels, chosen in evaluation or built of sources, installed in the sandbox.
#
# Type: { pyproject, python } -> { readProject, mkPoetryEnv, installer, backends }
{ pyproject, python }:
let
  poetryLock = import ./poetry-lock.nix;

  stage = pyproject.mkLockStage {
    name = "poetry2nix";
    maker = "mkPoetryEnv";
    inherit installer backends;

    read =
      {
        projectDir ? null,
        pyproject ? projectDir + "/pyproject.toml",
        poetrylock ? projectDir + "/poetry.lock",
      }:
      poetryLock.read { inherit pyproject poetrylock; }
      // {
        fix = "run poetry lock";
        base = dirOf pyproject;
      };

    select =
      lock: wishes:
      map (package: {
        inherit (package)
          name
          version
          holding
          source
          index
          sdist
          ;
        files = package.filesOf wishes.target.mayFit;
        offered = map (file: file.file) (package.filesOf (_: true));
      }) (poetryLock.select ({ inherit lock; } // removeAttrs wishes [ "wheels" ]));
  };

  # The wheels of the libraries that install wheels and check their requirements, for the Python of the builders.
  installer = (stage.readProject { projectDir = ../../runtime; }).wheelsFor {
    python = python.builderPython;
    groups = [ "build" ];
  };

  # What builds wheels of sources, for a Python.
  # Type: python -> derivation of pyproject.mkEnv
  backends = python: ownBackends.mkPoetryEnv { inherit python; };
  ownBackends = stage.readProject { projectDir = ../pyproject/backends; };
in
{
  inherit installer backends;

  # A poetry project whose lock is read once, for the environments of several Pythons.
  # Type: { projectDir, pyproject ? projectDir + "/pyproject.toml", poetrylock ? projectDir + "/poetry.lock" }
  #   -> { wheelsFor, mkPoetryEnv } of lock-stage.nix
  # Throws if the lock is in another format, was made from another pyproject.toml, or names what has no right form.
  # Example: (readProject { projectDir = ./.; }).mkPoetryEnv { python = pythons.py313; }
  inherit (stage) readProject;

  # The environment of one project and one Python.
  # Libraries of wheels come without symbols for debuggers, and modules without their C sources; dontStrip keeps both.
  # Type: { projectDir, pyproject ? …, poetrylock ? …, python, groups ? [ "main" ], extras ? [ ], wheels ? { },
  #         withLocal ? true, dontStrip ? false }
  #   -> derivation
  # Example: mkPoetryEnv { projectDir = ./.; python = pythons.py313; extras = [ "postgres" ]; }
  inherit (stage) mkPoetryEnv;
}
