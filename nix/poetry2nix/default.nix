# Python environments out of poetry.lock: wheels alone, chosen in evaluation, installed in the sandbox.
#
# Type: { pyproject, python } -> { readProject, mkPoetryEnv, installer }
{ pyproject, python }:
let
  chooseWheels = import ../pyproject/choose-wheels.nix;
  poetryLock = import ./poetry-lock.nix;

  # The wheel of the library that installs wheels, for the Python of the builders.
  installer = builtins.head (
    (readProject { projectDir = ../../runtime; }).wheelsFor {
      python = python.builderPython;
      groups = [ "build" ];
    }
  );

  # A poetry project whose lock is read once, for the environments of several Pythons.
  # Type: { projectDir, pyproject ? projectDir + "/pyproject.toml", poetrylock ? projectDir + "/poetry.lock" }
  #   -> { wheelsFor, mkPoetryEnv }
  # Throws if the lock is in another format, was made from another pyproject.toml, or names what has no right form.
  # Example: (readProject { projectDir = ./.; }).mkPoetryEnv { python = pythons.py313; }
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
      # Type: { python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> [ wheel ]
      #   wheels  { <name> = path; }: files for packages that the lock has no wheel of
      # Throws if the lock has no such group or extra, was made for other versions of Python, or has no wheel that fits.
      wheelsFor =
        {
          python,
          groups ? [ "main" ],
          extras ? [ ],
          wheels ? { },
        }:
        let
          target = targetOf python;
          asChosen = package: {
            inherit (package) name version files;
            source = if package.source == "legacy" then null else "a ${package.source}";
            offered = map (file: file.file) package.files;
          };
        in
        chooseWheels {
          lock = lock.label;
          fix = "run poetry lock";
          inherit target wheels;
        } (map asChosen (poetryLock.select { inherit lock target groups extras; }));

      # Type: as wheelsFor, with dontStrip ? false of pyproject.mkEnv -> derivation of pyproject.mkEnv
      mkPoetryEnv =
        {
          python,
          dontStrip ? false,
          ...
        }@args:
        mkEnv {
          inherit python installer dontStrip;
          wheels = wheelsFor (removeAttrs args [ "dontStrip" ]);
          installedBy = "poetry2nix";
        };
    };
  inherit (pyproject) targetOf mkEnv;

  # The environment of one project and one Python.
  # Libraries of wheels come without symbols for debuggers, and modules without their C sources; dontStrip keeps both.
  # Type: { projectDir, pyproject ? …, poetrylock ? …, python, groups ? [ "main" ], extras ? [ ], wheels ? { },
  #         dontStrip ? false }
  #   -> derivation
  # Example: mkPoetryEnv { projectDir = ./.; python = pythons.py313; extras = [ "postgres" ]; }
  mkPoetryEnv =
    args:
    let
      ofProject = builtins.intersectAttrs (builtins.functionArgs readProject) args;
    in
    (readProject ofProject).mkPoetryEnv (removeAttrs args (builtins.attrNames ofProject));
in
{
  inherit readProject mkPoetryEnv installer;
}
