{
  description = "FastAPI images for Docker, built by Nix from pinned Debian packages and wheels";

  outputs =
    { self }:
    let
      setsOf =
        revision: f:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = f (import ./nix { inherit system revision; });
          }) (builtins.attrNames (import ./nix/systems.nix))
        );
      # The images name the commit that they are made of, if it is one. Their checks take them without it, so that a
      # commit that changes nothing in an image needs no new test of it.
      forSystems = setsOf (self.rev or null);
      checks = setsOf null (set: set.checks);
    in
    {
      # For other flakes. The stages that are not here may change at any time; they are in legacyPackages.
      lib = {
        mkFlake = import ./nix/app/mk-flake.nix {
          source = self;
          sets = self.legacyPackages;
        };
      }
      // forSystems (set: {
        inherit (set)
          dockerTools
          mkAppImage
          mkPythonEnv
          poetry2nix
          pylock2nix
          testers
          uv2nix
          ;
        inherit (set.python) pythons;
      });
      packages = forSystems (
        set:
        set.images
        // {
          default = set.images.image-py313;
          pytest = set.pytest.program;
          all-checks = checks.${set.system}.everything;
        }
      );
      templates.default = {
        path = ./templates/app;
        description = "The image of an app with a pyproject.toml and a lock";
      };
      legacyPackages = forSystems (set: set);
      apps = forSystems (set: set.apps.all self);
      checks = builtins.mapAttrs (_: of: of.final) checks;
    };
}
