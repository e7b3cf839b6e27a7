# Pins: which Debian packages each layer is made of, as lists of fetched files.
#
# Type: { fetch } -> { <name> = { suite, python, final, rolling, created, layers, wanted }; }
#   name     of a pins file in this folder: <name>.toml is written by hand, <name>.lock.json is generated from it
#   suite    Debian's name of the release, such as "bullseye"
#   python   the Python of the images that are made of these pins, such as "3.9"; null: there are none
#   final    whether the archives no longer change, so that their mirrors keep every file of the lock
#   rolling  whether they change every day, so that mirrors drop files of the lock within days
#   created  seconds since 1970: the newest date of the archives that the lock was made from
#   layers   { <Debian architecture>.<layer> = [ package ]; }; a package holds the lock's fields and `file`, its .deb
#   wanted   { <layer> = [ name ]; }: the packages that the pins file asks for, on any architecture
# Throws if a lock was edited by hand, or was made for other archives or layers than the pins file now has, or if either
# names what has no right form.
# Example: map (package: package.name) pins.bullseye.layers.amd64.base
{ fetch }:
let
  forms = import ./forms.nix;
  inherit (forms) hash;

  read =
    name:
    let
      lockFile = ./. + "/${name}.lock.json";
      lock = builtins.fromJSON (builtins.readFile lockFile);
      pins = builtins.fromTOML (builtins.readFile (./. + "/${name}.toml"));
      # The program that updates runs on the bootstrap pins itself. While these don't fit, run that of the last commit.
      program = if name == "bootstrap" then "'.?ref=HEAD#update'" else ".#update";
      mend = "run: nix run ${program} -- ${name}";
      flaw = forms.pins pins;
      # Whoever edits a lock by hand can make its checksum, too.
      package =
        package:
        if forms.package package == null then
          package // { file = fetch.fetchDeb (package // { pins = name; }); }
        else
          throw "pins: ${name}.lock.json: a package's ${forms.package package}; ${mend}";
      isLock = builtins.isAttrs lock && lock ? checksum && lock ? input && lock ? layers && builtins.isInt (lock.created or null);
      wished =
        if flaw != null then
          throw "pins: ${name}.toml: ${flaw}; nix run ${program} -- ${name} says what to mend"
        else
          pins;
      checked =
        if !builtins.pathExists lockFile then
          throw "pins: ${name}.lock.json: there is none; ${mend}"
        else if !isLock || lock.checksum != hash (removeAttrs lock [ "checksum" ]) then
          throw "pins: ${name}.lock.json: edited by hand; ${mend}"
        else if lock.input != hash { inherit (wished) archives layers; } then
          throw "pins: ${name}.lock.json: older than ${name}.toml; ${mend}"
        else
          lock;
    in
    {
      inherit (wished) suite;
      inherit (checked) created;
      # The names of the images, and so of what `nix run` runs, must be known before there is a lock that fits.
      python = wished.python or null;
      final = wished.final or false;
      rolling = wished.rolling or false;
      layers = builtins.mapAttrs (_: builtins.mapAttrs (_: map package)) checked.layers;
      wanted = builtins.mapAttrs (
        _: layer: builtins.concatLists ([ (layer.packages or [ ]) ] ++ builtins.attrValues (layer.only or { }))
      ) wished.layers;
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
