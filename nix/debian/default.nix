# Debian packages → image layers.
#
# Type: { systems, bootstrap, layer } -> { mkDebianLayer }
{
  systems,
  bootstrap,
  layer,
}:
let
  modules = builtins.path {
    name = "debian-modules";
    path = ./.;
    filter = path: _: builtins.match ".*\\.py" path != null;
  };
in
{
  # A layer of Debian packages, with what their maintainer scripts would have done.
  # Type: { name, suite, system, debs, mtime, below ? null, manual ? null, database ? "dpkg", trees ? [ ], files ? { },
  #         links ? { }, exclude ? [ ], include ? [ ] } -> derivation with layer.tar, layer.json, system.json
  #   system    Nix system of the image, which need not be the builder's
  #   debs      [ { name, file, ... } ]: the packages of this layer
  #   mtime     seconds since 1970, of all that packages do not bring
  #   below     the Debian layer directly beneath
  #   manual    names of the packages that were asked for; null: all of them
  #   database  "dpkg", or "status.d" for an image without dpkg: one file a package, which scanners read
  #   trees     [ { path, prefix } ]: plain files to add
  #   files     { <path> = { text, mode ? "0644" }; }
  #   links     { <path> = target; }
  #   exclude   shell patterns of packaged paths to leave out, as dpkg's path-exclude without the leading /
  #   include   those of them to take all the same
  mkDebianLayer =
    {
      name,
      suite,
      system,
      debs,
      mtime,
      below ? null,
      manual ? null,
      database ? "dpkg",
      trees ? [ ],
      files ? { },
      links ? { },
      exclude ? [ ],
      include ? [ ],
    }:
    bootstrap.runPython {
      inherit name;
      main = ./layer.py;
      modules = [
        layer.layerTar
        modules
      ];
      spec = {
        inherit
          suite
          mtime
          manual
          database
          files
          links
          exclude
          include
          ;
        architecture = systems.${system}.debian;
        multiarch = systems.${system}.multiarch;
        below = if below == null then null else "${below}";
        debs = map (package: {
          inherit (package) name;
          file = "${package.file}";
        }) debs;
        trees = map (tree: {
          path = "${tree.path}";
          inherit (tree) prefix;
        }) trees;
      };
    }
    // {
      isLayer = true;
    };
}
