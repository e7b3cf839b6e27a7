{
  description = "FastAPI images for Docker, built by Nix from pinned Debian packages and wheels";

  outputs =
    { self }:
    let
      systems = [ "x86_64-linux" ];
      forSystems = f: builtins.listToAttrs (map (name: { inherit name; value = f (import ./nix { system = name; }); }) systems);
    in
    {
      lib = forSystems (set: set);
    };
}
