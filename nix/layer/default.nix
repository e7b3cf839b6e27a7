# The one writer of image layers.
#
# Type: { bootstrap } -> { layerTar, mkTreeLayer }
#
# A layer is a derivation with `isLayer = true` whose output holds layer.tar and layer.json (layer_tar.py).
{ bootstrap }:
rec {
  # A folder with the module that writes a layer, for the module search path of a builder.
  layerTar = builtins.path {
    name = "layer-tar";
    path = ./.;
    filter = path: _: baseNameOf path == "layer_tar.py";
  };

  # One layer of trees of plain files, all owned by root.
  # Type: { name, trees = [ { path, prefix ? "" } ], links ? { <name in the image> = <target> }, mtime ? 1 } -> layer
  #   path    a file, or a folder whose members stand below prefix
  #   prefix  its name in the image, without a leading slash; "" is the root
  #   mtime   of every member, seconds since 1970
  mkTreeLayer =
    {
      name,
      trees,
      links ? { },
      mtime ? 1,
    }:
    bootstrap.runPython {
      inherit name;
      main = ./tree_layer.py;
      modules = [ layerTar ];
      spec = {
        inherit name links mtime;
        inherit (builtins) storeDir;
        trees = map ({ path, prefix ? "" }: {
          path = "${path}";
          inherit prefix;
        }) trees;
      };
    }
    // {
      isLayer = true;
    };
}
