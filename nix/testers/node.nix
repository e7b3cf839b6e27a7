# A node as the author of a test writes it, in our words or in those of NixOS → a machine.
#
# Type: { checks, packages, address } -> { known, unknownOf, machineOf }
#   checks     of the test (checks.nix)
#   packages   [ Debian package ] that every machine has
#   address    number of a machine -> its address
#   known      what a node takes, for an error
#   unknownOf  name -> node -> [ path that a node has not ]
#   machineOf  name -> number -> node -> machine; throws for a wrong value
# A machine: { name, number, memorySize, cores, diskSize, packages, files, networking.{hostName,primaryIPAddress} }, and
# the same in the words of NixOS, so that scripts can ask for it. The paths of its files have no leading slash.
{
  checks,
  packages,
  address,
}:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    concatStringsSep
    filter
    head
    isAttrs
    isList
    length
    listToAttrs
    mapAttrs
    match
    toJSON
    ;
  inherit (import ../argument-forms.nix) isPath matches;
  inherit (checks) fail show wholeNumber;

  sizes = {
    cores = 1;
    diskSize = 1024;
    memorySize = 1024;
  };
  names = concatStringsSep ", " (attrNames sizes);

  forms = mapAttrs (_: _: null) sizes // {
    files = null;
    packages = null;
    virtualisation = mapAttrs (_: _: null) sizes;
    environment.systemPackages = null;
  };
  fileForms = {
    mode = null;
    source = null;
    text = null;
  };

  sizeOf =
    name: node: size: default:
    let
      where = "nodes.${name}.${size}";
    in
    if node ? ${size} && node ? virtualisation.${size} then
      fail "${where}: stands there twice, as virtualisation.${size} too; leave one out"
    else
      wholeNumber where (node.${size} or node.virtualisation.${size} or default);

  isPackage = value: isPath value || isAttrs value && value ? file;
  isThere = package: package ? file && builtins.any (each: each.name == package.name) packages;
  packagesOf =
    name: node:
    let
      listAt =
        path: value:
        if isList value then
          value
        else
          fail "nodes.${name}.${path}: ${show value} is not a list of packages";
      asked =
        listAt "packages" (node.packages or [ ])
        ++ listAt "environment.systemPackages" (node.environment.systemPackages or [ ]);
      wrong = filter (package: !isPackage package) asked;
    in
    if wrong == [ ] then
      filter (package: !isThere package) asked
    else
      fail "nodes.${name}.packages: ${show (head wrong)} is not a package";

  fileAt = name: path: "nodes.${name}.files.${toJSON path}";
  # The files as they are written, which are sets, whatever is in them.
  filesIn =
    name: node:
    let
      files = node.files or { };
    in
    if isAttrs files && all isAttrs (attrValues files) then
      files
    else
      fail "nodes.${name}.files: is not a set such as { \"/etc/motd\".text = \"hello\"; }";
  filesOf =
    name: files:
    let
      plain = path: head (match "/*(.*)" path);
      result = listToAttrs (
        map (path: {
          name = plain path;
          value = fileOf (fileAt name path) (plain path) files.${path};
        }) (attrNames files)
      );
    in
    if length (attrNames result) == length (attrNames files) then
      result
    else
      fail "nodes.${name}.files: a path stands there twice, with a leading slash and without; leave one out";
  fileOf =
    where: path: file:
    if match "([^/]+/)*[^/]+" path == null || match "(.*/)?\\.\\.?(/.*)?" path != null then
      fail "${where}: is not the path of a file, such as \"/etc/motd\""
    else if file ? text == file ? source then
      fail "${where}: has neither or both of text and source; write one"
    else if file ? mode && !matches "[0-7]{3,4}" file.mode then
      fail "${where}.mode: ${show file.mode} is not of the form \"0644\""
    else
      file;
in
{
  known = "${names}, packages, files, virtualisation.{${names}} and environment.systemPackages";

  unknownOf =
    name: node:
    let
      files = filesIn name node;
    in
    checks.unknownOf "nodes.${name}." forms node
    ++ concatMap (path: checks.unknownOf "${fileAt name path}." fileForms files.${path}) (
      attrNames files
    );

  machineOf =
    name: number: node:
    let
      sized = mapAttrs (sizeOf name node) sizes;
      machine = sized // {
        inherit name number;
        packages = packagesOf name node;
        files = filesOf name (filesIn name node);
        virtualisation = sized;
        environment.systemPackages = machine.packages;
        networking = {
          hostName = name;
          primaryIPAddress = address number;
        };
        # Older tests of NixOS write nodes.NAME.config.
        config = machine;
      };
    in
    machine;
}
