# Python environments out of pylock.toml: wheels, chosen in evaluation or built of sources, installed in the sandbox.
#
# Type: { pyproject, poetry2nix } -> { readProject, mkPylockEnv }
{ pyproject, poetry2nix }:
let
  pep751 = import ../pyproject/pep751.nix;

  stage = pyproject.mkLockStage {
    name = "pylock2nix";
    maker = "mkPylockEnv";
    inherit (poetry2nix) installer backends;

    read =
      {
        projectDir ? null,
        pylock ? projectDir + "/pylock.toml",
      }:
      pep751.read {
        path = pylock;
        reader = "pylock2nix";
      }
      // {
        base = dirOf pylock;
      };

    select =
      lock:
      { target, ... }@wishes:
      map (package: {
        inherit (package)
          name
          version
          source
          index
          sdist
          ;
        holding = if package.marker == "" then [ ] else [ package.marker ];
        files = package.filesOf target.mayFit;
        offered = map (file: file.file) (
          package.filesOf (_: true) ++ (if package.sdist == null then [ ] else [ package.sdist ])
        );
      }) (pep751.select ({ inherit lock; } // wishes));
  };
in
{
  # A lock that is read once, for the environments of several Pythons.
  # Type: { projectDir ? null, pylock ? projectDir + "/pylock.toml" } -> { wheelsFor, mkPylockEnv } of lock-stage.nix
  # The group "main" stands for the lock's default groups. The project itself is not among the wheels, unless `wheels` has
  # it.
  # Throws if the lock is in another format, or has a value without its form.
  # Example: (readProject { projectDir = ./.; }).mkPylockEnv { python = pythons.py313; }
  inherit (stage) readProject;

  # The environment of one lock and one Python.
  # Type: { projectDir, pylock ? …, python, groups ? [ "main" ], extras ? [ ], wheels ? { }, withLocal ? true,
  #         dontStrip ? false } -> derivation
  # Example: mkPylockEnv { projectDir = ./.; python = pythons.py313; }
  inherit (stage) mkPylockEnv;
}
