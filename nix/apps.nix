# What `nix run` runs.
#
# Type: { images, ship } -> source (of this flake) -> { fetch, update, default, image-py39, … }, each an app
{ images, ship }:
source:
let
  app = description: program: {
    type = "app";
    inherit program;
    meta = { inherit description; };
  };

  # A script as it stands in the source: it must run before anything can be built.
  script = path: builtins.unsafeDiscardStringContext "${source}/${path}";

  load =
    image:
    app "Load ${image.imageName}:${image.imageTag} into docker or podman" "${ship.mkLoad image}/bin/load";
in
builtins.mapAttrs (_: load) (images // { default = images.image-py313; })
// {
  fetch = app "Bring the pinned files that a target needs into the Nix store" (script "nix/fetch/fetch");
  update = app "Resolve the pins into their locks" (script "nix/pins/update");
}
