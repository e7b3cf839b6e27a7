# The contents of an image → its layers.
#
# Type: { mkTreeLayer } -> { listOf, joined, layersOf }
{ mkTreeLayer }:
let
  storeName = import ./store-name.nix;

  # The name of a store path, without its hash.
  plainName =
    path:
    let
      file = builtins.unsafeDiscardStringContext (baseNameOf path);
      hashed = builtins.match "[0-9a-z]{32}-(.*)" file;
    in
    if hashed == null then file else builtins.head hashed;

  isLayer = content: content.isLayer or false;

  # What knows how to stand over other layers, as that of mkTreeLayer does: as any other, a layer stays as it is.
  over = below: layer: if layer ? over then layer.over below else layer;

  treeLayer =
    name: trees: commands:
    mkTreeLayer {
      name = storeName name;
      trees = map (path: {
        inherit path;
        linked = true;
      }) trees;
      inherit commands;
    };

  toLayer =
    content:
    if isLayer content then
      content
    else
      treeLayer (content.name or (plainName "${content}")) [ content ] [ ];
in
rec {
  # The elements of contents, which may be one alone, null, and lists of these.
  # Type: contents -> [ content ]
  listOf =
    contents:
    if contents == null then
      [ ]
    else if builtins.isList contents then
      builtins.concatMap listOf contents
    else
      [ contents ];

  # Contents that are no layers as one layer, if there are any.
  # Type: name -> [ content ] -> [ layer ]
  joined = name: trees: if trees == [ ] then [ ] else [ (treeLayer name trees [ ]) ];

  # The layers of contents, lowest first. Each is made to stand over those below it: where they have links, it follows.
  # Type: { name, contents, below, commands } -> [ layer ]
  #   below     [ layer or metadata of an image ], lowest first
  #   commands  of mkTreeLayer: they run in one tree of all contents that are no layers, which becomes the layer `name`
  layersOf =
    {
      name,
      contents,
      below,
      commands,
    }:
    let
      trees = builtins.filter (content: !isLayer content) contents;
      layers =
        if commands == [ ] then
          map toLayer contents
        else
          builtins.filter isLayer contents ++ [ (treeLayer name trees commands) ];
    in
    builtins.foldl' (lower: layer: lower ++ [ (over (below ++ lower) layer) ]) [ ] layers;
}
