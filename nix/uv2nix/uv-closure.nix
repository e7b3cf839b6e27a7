# Which packages of a uv.lock an environment is made of: those that the wanted ones lead to.
#
# The lock is a graph. A package, and each of its extras, is a node with edges, and each edge has a marker. Where some
# extras and groups exclude each other, markers ask for them as `extra == 'extra-3-app-cpu'`, in which 3 is the length
# of the name `app`. There, what is wanted decides where the graph leads, so it is followed again until nothing is new.
#
# Type: { lock (of uv-lock.nix), environment (of pep508.nix), roots, main, extras, groups } -> [ package, with holding ]
#   holding  [ marker ]: those of the edges that lead to it
#   roots   [ package ]: whose dependencies are wanted
#   main    whether those are that they always have
#   extras  [ normal name ] of the roots
#   groups  [ { group, package (normal names; null for a workspace without a project), edges } ]
# Throws if the lock is not a graph, or two wanted extras or groups exclude each other.
{
  lock,
  environment,
  roots,
  main,
  extras,
  groups,
}:
let
  inherit (import ../pyproject/strings.nix) hasInfix setOf;
  pep508 = import ../pyproject/pep508.nix;

  # Things that exclude others, as markers name them.
  # Type: { package, extra or group, if any } -> string
  itemName =
    item:
    let
      inherit (item) package;
      kind = if item ? extra then "extra" else if item ? group then "group" else "project";
      rest = item.extra or item.group or null;
    in
    "${kind}-${toString (builtins.stringLength package)}-${package}" + (if rest == null then "" else "-${rest}");
  excluding = setOf (map itemName (builtins.concatLists lock.conflicts));

  # Whether a package, of which the lock has several versions, is the one for this environment.
  isOfThisFork = package: package.forks == [ ] || builtins.any (pep508.evaluate environment) package.forks;

  # Type: edge -> package
  target =
    edge:
    let
      named = lock.byName.${edge.name} or [ ];
      fits =
        package:
        (edge.source == null || edge.source == package.source) && (edge.version == null || edge.version == package.version);
      # A folder whose version is not known before it is built has none here either.
      exact = package: edge.version == package.version;
      fitting = builtins.filter (if edge.byMarkers or false then isOfThisFork else fits) named;
      found = if builtins.length fitting > 1 then builtins.filter exact fitting else fitting;
    in
    if builtins.length found == 1 then
      builtins.head found
    else
      lock.fail "${edge.name} is wanted, and ${if named == [ ] then "it has none" else "it does not say which"}";

  allEdges = builtins.concatMap (
    package:
    package.dependencies ++ builtins.concatLists (builtins.attrValues package.extras ++ builtins.attrValues package.groups)
  ) lock.packages;
  # { <marker> = whether it holds; }, since many are the same.
  plain = builtins.listToAttrs (
    map (edge: {
      name = edge.marker;
      value = edge.marker == "" || pep508.evaluate environment edge.marker;
    }) (allEdges ++ builtins.concatMap (group: group.edges) groups)
  );
  # Type: { <name of a thing that is wanted> = null; } -> edge -> bool
  holds =
    active: edge:
    if excluding != { } && hasInfix "extra" edge.marker then
      let
        own = map (extra: itemName { package = edge.name; inherit extra; }) edge.extra;
      in
      pep508.evaluate (environment // { extra = builtins.attrNames active ++ own; }) edge.marker
    else
      plain.${edge.marker};

  # Type: package -> extra (or null) -> node
  node = package: extra: {
    key = if extra == null then toString package.index else "${toString package.index} ${extra}";
    inherit package extra;
    edges = if extra == null then package.dependencies else package.extras.${extra} or [ ];
  };
  nodesOf =
    edge:
    let
      package = target edge;
    in
    map (node package) ([ null ] ++ edge.extra);

  first =
    (if main then builtins.concatMap (root: map (node root) ([ null ] ++ extras)) roots else [ ])
    ++ builtins.genList (i: {
      key = "group ${toString i}";
      package = null;
      inherit (builtins.elemAt groups i) edges;
    }) (builtins.length groups);

  wantedFromStart = map itemName (
    (if main then map (root: { package = root.name; }) roots else [ ])
    ++ builtins.concatMap (group: if group.package == null then [ ] else [ { inherit (group) package group; } ]) groups
  );

  follow =
    active:
    let
      nodes = builtins.genericClosure {
        startSet = first;
        operator = from: builtins.concatMap nodesOf (builtins.filter (holds active) from.edges);
      };
      isExtra = node: node.extra or null != null;
      found = map (node: itemName { package = node.package.name; inherit (node) extra; }) (builtins.filter isExtra nodes);
      new = builtins.filter (name: excluding ? ${name} && !(active ? ${name})) found;
    in
    if new == [ ] then { inherit nodes active; } else follow (active // setOf new);
  result = follow (builtins.intersectAttrs excluding (setOf wantedFromStart));

  both = builtins.filter (set: builtins.length set > 1) (
    map (builtins.filter (item: result.active ? ${itemName item})) lock.conflicts
  );
  describe =
    item:
    if item ? extra then
      "extra ${item.extra} of ${item.package}"
    else if item ? group then
      "group ${item.group} of ${item.package}"
    else
      item.package;
  leadingTo =
    package:
    builtins.concatMap (
      node: builtins.filter (edge: holds result.active edge && (target edge).index == package.index) node.edges
    ) result.nodes;
  holdingOf =
    package:
    let
      markers = setOf (map (edge: edge.marker) (leadingTo package));
    in
    if markers ? "" then [ ] else builtins.attrNames markers;
  chosen = setOf (map (node: toString node.package.index) (builtins.filter (node: node.package != null) result.nodes));
in
if both != [ ] then
  throw "${lock.label}: ${builtins.concatStringsSep " and " (map describe (builtins.head both))} exclude each other; ask for one of them"
else
  map (package: package // { holding = holdingOf package; }) (
    builtins.filter (package: chosen ? ${toString package.index}) lock.packages
  )
