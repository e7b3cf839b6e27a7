# Pins: which Debian packages each layer is made of, as lists of fetched files.
#
# Type: { fetch } -> { <name> = { suite, python, final, created, layers, wanted }; }
#   name     of a pins file in this folder: <name>.toml is written by hand, <name>.lock.json is generated from it
#   suite    Debian's name of the release, such as "bullseye"
#   python   the Python of the images that are made of these pins, such as "3.9"; null: there are none
#   final    whether the archives no longer change, so that their mirrors keep every file of the lock
#   created  seconds since 1970: the newest date of the archives that the lock was made from
#   layers   { <Debian architecture>.<layer> = [ package ]; }; a package holds the lock's fields and `file`, its .deb
#   wanted   { <layer> = [ name ]; }: the packages that the pins file asks for
# Throws if a lock was edited by hand, or was made for other archives or layers than the pins file now has.
# Example: map (package: package.name) pins.bullseye.layers.amd64.base
{ fetch }:
let
  # The hash of what a file says, whatever its comments and line breaks are; lock.py computes the same.
  hash = value: builtins.hashString "sha256" (builtins.toJSON value);

  read =
    name:
    let
      lock = builtins.fromJSON (builtins.readFile (./. + "/${name}.lock.json"));
      pins = builtins.fromTOML (builtins.readFile (./. + "/${name}.toml"));
      # The program that updates runs on the bootstrap pins itself. While these don't fit, run that of the last commit.
      program = if name == "bootstrap" then "'.?ref=HEAD#update'" else ".#update";
      mend = "run: nix run ${program} -- ${name}";
      checked =
        if lock.checksum != hash (removeAttrs lock [ "checksum" ]) then
          throw "pins: ${name}.lock.json: edited by hand; ${mend}"
        else if lock.input != hash { inherit (pins) archives layers; } then
          throw "pins: ${name}.lock.json: older than ${name}.toml; ${mend}"
        else
          lock;
      fetched = package: package // { file = fetch.fetchDeb (package // { pins = name; }); };
    in
    {
      inherit (pins) suite;
      inherit (checked) created;
      python = pins.python or null;
      final = pins.final or false;
      layers = builtins.mapAttrs (_: builtins.mapAttrs (_: map fetched)) checked.layers;
      wanted = builtins.mapAttrs (_: layer: layer.packages) pins.layers;
    };

  names = builtins.concatMap (file: if file == null then [ ] else file) (
    map (builtins.match "(.*)\\.toml") (builtins.attrNames (builtins.readDir ./.))
  );
in
builtins.listToAttrs (
  map (name: {
    inherit name;
    value = read name;
  }) names
)
