{
  description = "FastAPI images for Docker, built by Nix from pinned Debian packages and wheels";

  outputs =
    { self }:
    let
      systems = import ./nix/systems.nix;
      buildSystems = builtins.filter (system: systems.${system} ? seed) (builtins.attrNames systems);
      forSystems =
        f:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = f (import ./nix { inherit system; });
          }) buildSystems
        );
    in
    {
      # For other flakes. The stages that are not here may change at any time; they are in legacyPackages.
      lib = forSystems (set: {
        inherit (set) dockerTools poetry2nix testers;
        inherit (set.python) pythons;
      });
      packages = forSystems (
        set:
        set.images
        // {
          default = set.images.image-py313;
          pytest = set.pytest.program;
          all-checks = set.checks.everything;
        }
      );
      legacyPackages = forSystems (set: set);
      apps = forSystems (set: set.apps self);
      checks = forSystems (set: set.checks.final);
    };
}
