# The layer of what an app adds to the packages of its image: Debian packages, and certificates of authorities.
#
# Type: { name, architecture, lockedAdditions, layers, debianLayer, bytecodeOf }
#       -> { variant, packages ? [ ], certificates ? [ ], lockFile } -> { layer, request }
#   name, architecture, debianLayer, bytecodeOf  of layers.nix
#   layers        base, pythonLayer, tools and minimal of layers.nix
#   variant       "full", "slim" or "minimal"
#   packages      [ name ]: Debian packages, which the lock resolves
#   certificates  [ file ]: in PEM form, each with one or more certificates
#   lockFile      the path of debian.lock.json
# The result:
#   layer    it stands over the image's Debian layers and Python, below all else; null if nothing is added
#   request  as nix/pins/additions.nix has it: the attribute `debian` of an app's image
# Example: (additions { variant = "slim"; packages = [ "libpq5" ]; lockFile = ./debian.lock.json; }).layer
{
  name,
  architecture,
  lockedAdditions,
  layers,
  debianLayer,
  bytecodeOf,
}:
let
  # What each variant has of the pins, and the layer that stands beneath.
  variants = {
    full = {
      over = [
        "base"
        "python"
        "tools"
      ];
      args.below = layers.tools;
    };
    slim = {
      over = [
        "base"
        "python"
      ];
      args.below = layers.pythonLayer;
    };
    minimal = {
      over = [ "minimal" ];
      instead = [ "base" ];
      args = removeAttrs (import ./minimal.nix) [ "links" ] // {
        below = layers.minimal;
      };
    };
  };
in
{
  variant,
  packages ? [ ],
  certificates ? [ ],
  lockFile,
}:
let
  own = variants.${variant};
  added = lockedAdditions {
    inherit
      name
      variant
      packages
      lockFile
      ;
    inherit (own) over;
    instead = own.instead or [ ];
  };
  debs = if packages == [ ] then [ ] else added.debs.${architecture};
  part = "${variant}-additions";
in
{
  inherit (added) request;
  layer =
    if packages == [ ] && certificates == [ ] then
      null
    else
      debianLayer part (
        own.args
        // {
          inherit debs certificates;
          manual = packages;
          trees = bytecodeOf part debs;
        }
      );
}
