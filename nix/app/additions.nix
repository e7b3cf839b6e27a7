# The layer of what an app adds to the packages of its image: Debian packages, and certificates of authorities.
#
# Type: { name, architecture, lockedAdditions, layers, debianLayer, bytecodeOf }
#       -> { variant, packages ? [ ], certificates ? [ ], lockFile } -> { layer, request }
#   name, architecture, debianLayer, bytecodeOf, layers  of layers.nix
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
  variants = import ./variants.nix;
in
{
  variant,
  packages ? [ ],
  certificates ? [ ],
  lockFile,
}:
let
  own = variants.${variant};
  below = layers.${builtins.elemAt own.over (builtins.length own.over - 1)};
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
        (if variant == "minimal" then removeAttrs (import ./minimal.nix) [ "links" ] else { })
        // {
          inherit below debs certificates;
          manual = packages;
          trees = bytecodeOf part debs;
        }
      );
}
