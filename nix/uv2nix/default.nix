# Python environments out of uv.lock: wheels, chosen in evaluation or built of sources, installed in the sandbox.
#
# Type: { pyproject, poetry2nix } -> { readProject, mkUvEnv }
{ pyproject, poetry2nix }:
let
  fromTOML = import ../pyproject/toml.nix;
  privateIndex = import ../pyproject/private-index.nix;
  uvLock = import ./uv-lock.nix;
  uvProject = import ./uv-project.nix;

  stage = pyproject.mkLockStage {
    name = "uv2nix";
    maker = "mkUvEnv";
    inherit (poetry2nix) installer backends;

    read =
      {
        projectDir,
        uvlock ? projectDir + "/uv.lock",
        package ? null,
      }:
      uvLock.read uvlock
      // {
        fix = "run uv lock";
        base = projectDir;
        inherit package;
        isPrivateIndex = privateIndex (fromTOML (builtins.readFile (projectDir + "/pyproject.toml")));
      };

    select =
      lock:
      { target, ... }@wishes:
      map (
        package:
        let
          sdist = lock.sdistOf package;
          registry = package.source.registry or null;
        in
        {
          inherit (package) name version holding;
          source = lock.sourceOf package;
          index = if lock.isPrivateIndex registry then lock.forms.url "${package.label}: source" registry else null;
          files = lock.filesOf target.mayFit package;
          inherit sdist;
          offered = map (file: file.file) (lock.filesOf (_: true) package ++ (if sdist == null then [ ] else [ sdist ]));
        }
      ) (
        uvProject.select (
          {
            inherit lock;
            inherit (lock) package;
            projectDir = lock.base;
          }
          // wishes
        )
      );
  };
in
{
  # A uv project whose lock is read once, for the environments of several Pythons.
  # Type: { projectDir, uvlock ? projectDir + "/uv.lock", package ? null } -> { wheelsFor, mkUvEnv } of
  #   lock-stage.nix
  #   projectDir  the folder of the workspace
  #   package     the name of a member; null for the project in projectDir, or for all members where none is there
  # The group "main" are the dependencies of the project itself, the others its dependency-groups. The project is not
  # among the wheels, unless `wheels` has it.
  # Throws if the lock is in another format, has no right form, or was made from another pyproject.toml.
  # Example: (readProject { projectDir = ./.; }).mkUvEnv { python = pythons.py313; }
  inherit (stage) readProject;

  # The environment of one project and one Python.
  # Type: { projectDir, uvlock ? …, package ? null, python, groups ? [ "main" ], extras ? [ ], wheels ? { },
  #         withLocal ? true, dontStrip ? false } -> derivation
  # Example: mkUvEnv { projectDir = ./.; python = pythons.py313; extras = [ "postgres" ]; }
  inherit (stage) mkUvEnv;
}
