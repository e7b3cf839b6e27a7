# Locks as lists of fetched packages.
#
# Type: { fetchDeb } -> name -> { suite, created, layers }
#   name     of a pins file in this folder: <name>.toml by hand, <name>.lock.json generated from it
#   created  seconds since 1970: the newest date of the archives that the lock was made from
#   layers   { <Debian architecture>.<layer> = [ package ]; }; a package holds the lock's fields and `file`, its .deb;
#            with `wanted`, the names that the pins file asks for in each layer
# Throws if the lock was edited by hand or is older than the pins file.
{ fetchDeb }:
name:
let
  input = ./. + "/${name}.toml";
  lock = builtins.fromJSON (builtins.readFile (./. + "/${name}.lock.json"));
  pins = builtins.fromTOML (builtins.readFile input);
  mend = "run: nix run .#update -- ${name}";
  checked =
    if lock.checksum != builtins.hashString "sha256" (builtins.toJSON (removeAttrs lock [ "checksum" ])) then
      throw "pins: ${name}.lock.json: edited by hand; ${mend}"
    else if lock.input != builtins.hashFile "sha256" input then
      throw "pins: ${name}.lock.json: older than ${name}.toml; ${mend}"
    else
      lock;
  fetched = package: package // { file = fetchDeb (package // { suite = name; }); };
in
{
  inherit (pins) suite;
  inherit (checked) created;
  layers = builtins.mapAttrs (_: builtins.mapAttrs (_: map fetched)) checked.layers;
  wanted = builtins.mapAttrs (_: layer: layer.packages) pins.layers;
}
