# Python environments out of uv.lock: wheels alone, chosen in evaluation, installed in the sandbox.
#
# Type: { pyproject, poetry2nix } -> { readProject, mkUvEnv }
{ pyproject, poetry2nix }:
let
  inherit (pyproject) targetOf mkEnv;
  chooseWheels = import ../pyproject/choose-wheels.nix;
  uvLock = import ./uv-lock.nix;
  project = import ./uv-project.nix;

  # What a package is from that is not from an index.
  origins = {
    registry = null;
    git = "a git repository";
    url = "a URL";
    path = "a file";
    directory = "a folder";
    editable = "a folder";
  };

  # A uv project whose lock is read once, for the environments of several Pythons.
  # Type: { projectDir, uvlock ? projectDir + "/uv.lock", package ? null } -> { wheelsFor, mkUvEnv }
  #   projectDir  the folder of the workspace
  #   package     the name of a member; null for the project in projectDir, or for all members where none is there
  # Throws if the lock is in another format, or has no right form.
  # Example: (readProject { projectDir = ./.; }).mkUvEnv { python = pythons.py313; }
  readProject =
    {
      projectDir,
      uvlock ? projectDir + "/uv.lock",
      package ? null,
    }:
    let
      lock = uvLock.read uvlock;
    in
    rec {
      # The code of the workspace's members is not among the wheels, unless `wheels` has it.
      # Type: { python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> [ wheel ]
      #   groups  "main" are the dependencies of the project itself, the others its dependency-groups
      #   wheels  { <name> = path; }: files for packages that the lock has no wheel of
      # Throws if the lock was made from another pyproject.toml or for other versions of Python, has no such group or
      # extra, or has no wheel that fits.
      wheelsFor =
        {
          python,
          groups ? [ "main" ],
          extras ? [ ],
          wheels ? { },
        }:
        let
          target = targetOf python;
          selected = project.select {
            inherit
              lock
              projectDir
              package
              target
              groups
              extras
              wheels
              ;
          };
          filesOf = package: lock.filesOf (_: true) package ++ lock.sdistOf package;
        in
        chooseWheels
          {
            lock = lock.label;
            fix = "run uv lock";
            inherit target wheels;
          }
          (
            map (package: {
              inherit (package) name version;
              source = origins.${package.kind};
              files = lock.filesOf target.mayFit package;
              offered = map (file: file.file) (filesOf package);
            }) selected
          );

      # Type: as wheelsFor, with dontStrip ? false of pyproject.mkEnv -> derivation of pyproject.mkEnv
      mkUvEnv =
        {
          python,
          dontStrip ? false,
          ...
        }@args:
        mkEnv {
          inherit python dontStrip;
          inherit (poetry2nix) installer;
          wheels = wheelsFor (removeAttrs args [ "dontStrip" ]);
          installedBy = "uv2nix";
        };
    };

  # The environment of one project and one Python.
  # Type: { projectDir, uvlock ? …, package ? null, python, groups ? [ "main" ], extras ? [ ], wheels ? { },
  #         dontStrip ? false } -> derivation
  # Example: mkUvEnv { projectDir = ./.; python = pythons.py313; extras = [ "postgres" ]; }
  mkUvEnv =
    args:
    let
      ofProject = builtins.intersectAttrs (builtins.functionArgs readProject) args;
    in
    (readProject ofProject).mkUvEnv (removeAttrs args (builtins.attrNames ofProject));
in
{
  inherit readProject mkUvEnv;
}
