# The one writer of image layers.
#
# Type: { bootstrap } -> { modules, plainTrees, mkTreeLayer }
#
# A layer is a derivation with `isLayer = true` whose output holds layer.tar and layer.json (layer_tar.py).
{ bootstrap }:
let
  modulesOf = import ./modules-of.nix ./.;
  checked = import ./arguments.nix;

  # The store path that a path is in, or is.
  storePathOf =
    path:
    let
      inside = builtins.match "(${builtins.storeDir}/[^/]+)/.*" (builtins.unsafeDiscardStringContext path);
    in
    if inside == null then
      path
    else
      builtins.substring 0 (builtins.stringLength (builtins.head inside)) path;
in
rec {
  # The modules that write a layer, for the module search path of a builder.
  # Type: store path
  modules = modulesOf [
    "foreign_tar.py"
    "layer_tar.py"
    "lower_layers.py"
    "placement.py"
    "plain_tree.py"
  ];

  # The part of a builder's spec that plain_tree.py reads.
  # Type: [ { path, prefix ? "", ... } ] -> { trees, storeDir }
  plainTrees = trees: {
    inherit (builtins) storeDir;
    trees = map (
      {
        path,
        prefix ? "",
        ...
      }:
      {
        path = "${path}";
        inherit prefix;
      }
    ) trees;
  };

  # One layer of trees of plain files. Root owns all; directories are 0755, files 0755 if executable, else 0644.
  # Type: { name, trees, links ? { }, modes ? { }, owners ? { }, mtime ? 1, commands ? [ ], below ? [ ] } -> layer
  #   name    of the derivation, and what the image's history calls the layer
  #   trees   [ { path, prefix ? "", linked ? false } ]
  #   path    a file, or a folder whose members stand below prefix
  #   prefix  its name in the image, without a leading slash; "" is the root
  #   linked  whether links to its files are enough where an image has it in its store: where it refers to itself
  #   links   { <name in the image> = <target>; }
  #   modes   { <name in the image> = "1777"; }, of that file or directory
  #   owners  { <name in the image> = "1000:1000"; }, user and group of it and all that is in it
  #   mtime   of every member, seconds since 1970
  #   commands  [ { name, text } ]: scripts for busybox's shell, run one after the other in the root of all that. They
  #             are not run as root: what chown, chmod, mknod and the like do is written down for the layer (recorder.py)
  #   below   the layers below it, lowest first: where they have a link, such as lib -> usr/lib, lib/x is in usr/lib
  # The layer's attribute `over` is a function: below -> the same layer over these.
  # Throws for arguments that it does not take, or that have another type (arguments.nix).
  # The build fails if two trees bring different files of one name, for a link into the Nix store that no dependency of
  # the tree brings, for a file in the place of a directory below, and for modes and owners of what is not there.
  # Example:
  #   mkTreeLayer {
  #     name = "app";
  #     trees = [ { path = ./app; prefix = "app"; } ];
  #     links."usr/local/bin/app" = "/app/main.py";
  #     modes."app/secret" = "0640";
  #     owners."app" = "1000:1000";
  #   }
  mkTreeLayer =
    {
      name,
      trees,
      links ? { },
      modes ? { },
      owners ? { },
      mtime ? 1,
      commands ? [ ],
      below ? [ ],
      ...
    }@args:
    let
      plain = plainTrees trees;
      # For each tree that may be linked, a file of the name `graph` in the builder's folder tells what it refers to.
      withGraphs = builtins.genList (
        number:
        builtins.elemAt plain.trees number
        // {
          graph = if (builtins.elemAt trees number).linked or false then "tree-${toString number}" else null;
        }
      ) (builtins.length trees);
    in
    bootstrap.runPython {
      # Not before the layer is asked for: what is in its trees may be wrong in ways that are told better elsewhere.
      name = checked mkTreeLayer args name;
      main = ./tree_layer.py;
      modules = [
        modules
        (modulesOf [
          "attributes.py"
          "commands.py"
          "recorder.py"
          "store_references.py"
        ])
      ];
      exportReferencesGraph = builtins.concatMap (
        tree:
        if tree.graph == null then
          [ ]
        else
          [
            tree.graph
            (storePathOf tree.path)
          ]
      ) withGraphs;
      spec = plain // {
        trees = withGraphs;
        inherit
          name
          links
          modes
          owners
          mtime
          commands
          ;
        busybox = "${bootstrap.busybox}/bin/busybox";
        below = map (layer: "${layer}") below;
      };
    }
    // {
      isLayer = true;
      over = below: mkTreeLayer (args // { inherit below; });
    };
}
