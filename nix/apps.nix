# What `nix run` runs.
#
# Type: { images, ship } -> { programs, load, all }
#   programs  source (of this flake) -> { fetch, lock, new, update }, apps
#   load      source (of the flake that the image is from, or null) -> image -> app
#   all       source -> { fetch, lock, new, update, load, default, image-py39, … }, the apps of this flake
{ images, ship }:
let
  app = description: program: {
    type = "app";
    inherit program;
    meta = { inherit description; };
  };

  load =
    source: image:
    app "Load ${image.imageName}:${image.imageTag} into docker or podman" "${
      ship.mkLoad { inherit image source; }
    }/bin/load";

  programs =
    source:
    let
      # A script as it stands in the source: it must run before anything can be built.
      script = path: builtins.unsafeDiscardStringContext "${source}/${path}";
    in
    {
      fetch = app "Bring the pinned files that a target needs into the Nix store" (script "nix/fetch/fetch");
      lock = app "Write a pylock.toml for a project without a lock" (script "nix/lock/lock");
      new = app "Write a small app to begin with" (script "nix/app/new");
      update = app "Resolve the pins into their locks" (script "nix/pins/update");
    };
in
{
  inherit load programs;
  all =
    source:
    builtins.mapAttrs (_: load source) (
      images
      // {
        default = images.image-py313;
        load = images.image-py313;
      }
    )
    // programs source;
}
