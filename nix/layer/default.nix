# The one writer of image layers.
#
# Type: { bootstrap } -> { modules, plainTrees, mkTreeLayer }
#
# A layer is a derivation with `isLayer = true` whose output holds layer.tar and layer.json (layer_tar.py).
{ bootstrap }:
rec {
  # A folder with the modules that write a layer, for the module search path of a builder (runPython's `modules`).
  # Type: store path
  modules = builtins.path {
    name = "layer-modules";
    path = ./.;
    filter =
      path: _:
      builtins.elem (baseNameOf path) [
        "layer_tar.py"
        "plain_tree.py"
      ];
  };

  # The part of a builder's spec that plain_tree.py reads.
  # Type: [ { path, prefix ? "" } ] -> { trees, storeDir }
  plainTrees = trees: {
    inherit (builtins) storeDir;
    trees = map (
      {
        path,
        prefix ? "",
      }:
      {
        path = "${path}";
        inherit prefix;
      }
    ) trees;
  };

  # One layer of trees of plain files. Root owns all; directories are 0755, files 0755 if executable, else 0644.
  # Type: { name, trees = [ { path, prefix ? "" } ], links ? { <name in the image> = <target> }, mtime ? 1 } -> layer
  #   name    of the derivation, and what the image's history calls the layer
  #   path    a file, or a folder whose members stand below prefix
  #   prefix  its name in the image, without a leading slash; "" is the root
  #   mtime   of every member, seconds since 1970
  # The build fails if two trees bring the same file, or for a symlink into the Nix store, which is not in the image.
  # Example:
  #   mkTreeLayer {
  #     name = "app";
  #     trees = [ { path = ./app; prefix = "app"; } ];
  #     links."usr/local/bin/app" = "/app/main.py";
  #   }
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
      modules = [ modules ];
      spec = plainTrees trees // {
        inherit name links mtime;
      };
    }
    // {
      isLayer = true;
    };
}
