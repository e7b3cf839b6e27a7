# What `nix run` runs.
#
# Type: { images, ship } -> { programs, load, all }
#   programs  source (of this flake) -> apps that need no image to be built before
#   load      source (of the flake that the image is from, or null) -> image -> app
#   all       source -> all apps of this flake: programs, load, default, image-py39, …
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
      audit = app "Say which known vulnerabilities an image has" (script "nix/ship/audit");
      fetch = app "Bring the pinned files that a target needs into the Nix store" (script "nix/fetch/fetch");
      lock = app "Write a pylock.toml for a project without a lock" (script "nix/lock/lock");
      new = app "Write a small app to begin with" (script "nix/app/new");
      push = app "Send images to a registry" (script "nix/ship/push");
      update = app "Resolve the pins into their locks" (script "nix/pins/update");
      verify = app "Compare the image of a registry with the one that this source makes" (script "nix/ship/verify");
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
