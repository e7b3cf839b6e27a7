# Python environments out of pylock.toml: wheels alone, chosen in evaluation, installed in the sandbox.
#
# Type: { pyproject, poetry2nix } -> { readProject, mkPylockEnv }
{ pyproject, poetry2nix }:
let
  inherit (pyproject) targetOf mkEnv;
  chooseWheels = import ../pyproject/choose-wheels.nix;
  pep751 = import ../pyproject/pep751.nix;

  # A lock that is read once, for the environments of several Pythons.
  # Type: { projectDir ? null, pylock ? projectDir + "/pylock.toml" } -> { wheelsFor, mkPylockEnv }
  # Throws if the lock is in another format, or has a value without its form.
  # Example: (readProject { projectDir = ./.; }).mkPylockEnv { python = pythons.py313; }
  readProject =
    {
      projectDir ? null,
      pylock ? projectDir + "/pylock.toml",
    }:
    let
      lock = pep751.read {
        path = pylock;
        reader = "pylock2nix";
      };
    in
    rec {
      # The project's own folders are not among the wheels, unless `wheels` has them.
      # Type: { python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> [ wheel ]
      #   groups  "main" stands for the lock's default groups
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
            inherit (package) name version source;
            files = package.filesOf target.mayFit;
            offered = map (file: file.file) (package.filesOf (_: true) ++ package.sdist);
          };
        in
        chooseWheels
          {
            lock = lock.label;
            inherit (lock) fix;
            inherit target wheels;
          }
          (
            map asChosen (
              pep751.select {
                inherit
                  lock
                  target
                  groups
                  extras
                  wheels
                  ;
              }
            )
          );

      # Type: as wheelsFor, with dontStrip ? false of pyproject.mkEnv -> derivation of pyproject.mkEnv
      mkPylockEnv =
        {
          python,
          dontStrip ? false,
          ...
        }@args:
        mkEnv {
          inherit python dontStrip;
          inherit (poetry2nix) installer;
          wheels = wheelsFor (removeAttrs args [ "dontStrip" ]);
          installedBy = "pylock2nix";
        };
    };

  # The environment of one lock and one Python.
  # Type: { projectDir, pylock ? …, python, groups ? [ "main" ], extras ? [ ], wheels ? { }, dontStrip ? false }
  #   -> derivation
  # Example: mkPylockEnv { projectDir = ./.; python = pythons.py313; }
  mkPylockEnv =
    args:
    let
      ofProject = builtins.intersectAttrs (builtins.functionArgs readProject) args;
    in
    (readProject ofProject).mkPylockEnv (removeAttrs args (builtins.attrNames ofProject));
in
{
  inherit readProject mkPylockEnv;
}
