# A test as its author writes it, in our words or in those of NixOS → its machines and its script.
#
# Type: { packages, address } -> given -> { name, nodes, testScript, globalTimeout, attribute, meta, lint }
#   packages  [ Debian package ] that every machine has
#   address   number of a machine -> its address
#   given     what runTest takes (default.nix)
#   nodes     { <name> = machine; } (node.nix)
#   lint      whether the names in the script are looked up
# Throws for what is missing, wrong or unknown, in one line, which tells all that is unknown at once.
{ packages, address }:
given:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    elemAt
    filter
    genList
    isAttrs
    isFunction
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    ;
  checks = import ./checks.nix { inherit name; };
  inherit (checks) fail show;
  node = import ./node.nix { inherit checks packages address; };

  # What a test or a node is: it may be a function of `arguments`, or a file that holds one.
  called =
    arguments: value:
    let
      loaded = if isPath value then import value else value;
    in
    if isFunction loaded then loaded (common // arguments) else loaded;
  common = {
    inherit pkgs;
    lib = pkgs.lib or (fail "lib: is of nixpkgs; give the test hostPkgs, or leave it out");
    modulesPath = fail "modulesPath: there are no modules of NixOS here; leave it out";
    options = fail "options: there are no options of NixOS here; leave it out";
  };
  pkgs =
    test.hostPkgs or (listToAttrs (
      map (package: {
        inherit (package) name;
        value = package;
      }) packages
    ));

  test = called { config = test; } given;
  name =
    if !isAttrs test then
      throw "testers: runTest: takes a set, such as { name = \"hello\"; nodes.machine = { }; testScript = ./hello.py; }"
    else if !isString (test.name or null) then
      throw "testers: runTest: name: is missing or no string; name the test"
    else
      test.name;

  forms = {
    attribute = null;
    globalTimeout = null;
    hostPkgs = null;
    meta = null;
    name = null;
    nodes = null;
    testScript = null;
  };
  unknownOfTest = filter (path: match "skip.*" path == null) (checks.unknownOf "" forms test);

  nodes =
    if isAttrs (test.nodes or { }) then
      test.nodes or { }
    else
      fail "nodes: ${show test.nodes} is not a set of machines";
  names = attrNames nodes;
  written = mapAttrs (
    name: value:
    let
      found = called {
        inherit name;
        nodes = machines;
        config = machines.${name};
      } value;
    in
    if isAttrs found then
      found
    else
      fail "nodes.${name}: ${show found} is neither a set nor a function that gives one"
  ) nodes;
  unknownOfNodes = concatMap (name: node.unknownOf name written.${name}) names;
  machines = listToAttrs (
    genList (
      i:
      let
        name = elemAt names i;
      in
      {
        inherit name;
        value = node.machineOf name (i + 1) written.${name};
      }
    ) (length names)
  );

  script =
    let
      found =
        if isFunction test.testScript then test.testScript { nodes = machines; } else test.testScript;
    in
    if !(test ? testScript) then
      fail "testScript: is missing; write the path of a Python file, or its text"
    else if isPath found && !builtins.pathExists found then
      fail "testScript: ${toString found}: no such file; check its path, and that git tracks it"
    else if isPath found then
      builtins.readFile found
    else if isString found then
      found
    else
      fail "testScript: ${show found} is neither a path nor a string, nor a function of { nodes, ... } that gives one";

  unknown = unknownOfTest ++ unknownOfNodes;
  takes =
    optional unknownOfTest "a test takes ${concatStringsSep ", " (attrNames forms)}, skip*"
    ++ optional unknownOfNodes "a machine is no NixOS, but runs a Docker engine: a node takes ${node.known}";
  optional = found: text: if found == [ ] then [ ] else [ text ];
in
if builtins.seq name unknown != [ ] then
  fail "${concatStringsSep ", " unknown}: not known here; ${concatStringsSep "; " takes}"
else
  {
    inherit name;
    nodes = machines;
    testScript = script;
    globalTimeout = checks.wholeNumber "globalTimeout" (test.globalTimeout or 900);
    attribute = test.attribute or null;
    meta = test.meta or { };
    lint = !(test.skipLint or false);
  }
