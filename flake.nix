{
  description = "FastAPI images for Docker, built by Nix from pinned Debian packages and wheels";

  outputs =
    { self }:
    let
      forSystems =
        f:
        builtins.listToAttrs (
          map (system: {
            name = system;
            value = f (import ./nix { inherit system; });
          }) [ "x86_64-linux" ]
        );
      # A script of the flake's own source: it must run before anything can be built.
      script = path: {
        type = "app";
        program = builtins.unsafeDiscardStringContext "${self}/${path}";
      };
    in
    {
      lib = forSystems (set: set);
      packages = forSystems (
        set:
        set.images
        // {
          default = set.images.image-py313;
          pytest = set.pytest.program;
          all-checks = set.checks.all;
        }
      );
      # Sets of derivations, which `packages` may not hold.
      legacyPackages = forSystems (set: { inherit (set) vm-tests; });
      apps = forSystems (_: {
        fetch = script "nix/fetch/fetch";
        update = script "nix/fetch/update";
      });
      checks = forSystems (set: set.checks.settled);
    };
}
