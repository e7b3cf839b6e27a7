# The Debian packages that an app's image has beside those of its pins: what is asked of apt, and the answer that the
# app's own lock holds.
#
# Type: { pins, fetch } -> { name, variant, over, instead ? [ ], packages, lockFile } -> { request, debs }
#   name      of the pins, such as "trixie"
#   variant   of the image, such as "slim"
#   over      the layers of the pins that the image has
#   instead   those of which it leaves packages out, since it does without package management
#   packages  [ name ]: what the app asks for
#   lockFile  the path of debian.lock.json
# The result:
#   request  what `nix run .#update` reads of each image of a flake (additions.py), a JSON value; it needs no lock
#   debs     { <Debian architecture> = [ package ]; }: these packages and all that they need, in the form that pins have
# Throws for a name that no package can have. `debs` throws unless the lock answers this very request.
# Example:
#   (additions {
#     name = "trixie";
#     variant = "slim";
#     over = [ "base" "python" ];
#     packages = [ "libpq5" ];
#     lockFile = ./debian.lock.json;
#   }).debs.amd64
{ pins, fetch }:
{
  name,
  variant,
  over,
  instead ? [ ],
  packages,
  lockFile,
}:
let
  forms = import ./forms.nix;
  file = baseNameOf (toString lockFile);
  fail = problem: throw "debian: ${file}: ${problem}; run: nix run .#update";

  wanted =
    if !builtins.isList packages then
      throw "debian: not a list of names; write debian = [ \"libpq5\" ]"
    else
      map (
        package:
        if forms.isName package then
          package
        else
          throw "debian: ${builtins.toJSON package}: not the name of a Debian package; mend `debian` in flake.nix"
      ) packages;

  # The versions of all packages of these layers, by architecture and name.
  versions =
    layers:
    builtins.mapAttrs (
      _: of:
      builtins.listToAttrs (
        map (package: {
          inherit (package) name;
          value = package.version;
        }) (builtins.concatMap (layer: of.${layer}) layers)
      )
    ) pins.${name}.layers;

  asked = rec {
    # An attribute name holds each word once, in order.
    packages = builtins.attrNames (
      builtins.listToAttrs (
        map (name: {
          inherit name;
          value = null;
        }) wanted
      )
    );
    image = "${name}-${variant}";
    inherit (builtins.fromTOML (builtins.readFile (./. + "/${name}.toml"))) archives;
    installed = versions over;
    omitted = builtins.mapAttrs (architecture: of: removeAttrs of (builtins.attrNames installed.${architecture})) (
      versions instead
    );
  };
  request = asked // {
    input = forms.hash asked;
    inherit (pins.${name}) created;
  };
  key = "${request.image}: ${toString request.packages}";

  lock = builtins.fromJSON text;
  text = builtins.readFile lockFile;
  images =
    if !builtins.pathExists lockFile then
      fail "not there, or not tracked by git"
    else if builtins.length (builtins.split "(<<<<<<<|>>>>>>>) " text) > 1 then
      fail "holds a merge conflict"
    else if !builtins.isAttrs lock || (lock.checksum or null) != forms.hash (removeAttrs lock [ "checksum" ]) then
      fail "edited by hand"
    else if !builtins.isAttrs (lock.images or null) then
      fail "has no images"
    else
      lock.images;
  answer = images.${key} or (fail "does not have ${key}");
  isAnswer =
    builtins.isAttrs answer
    && builtins.isAttrs (answer.packages or null)
    && builtins.all builtins.isList (builtins.attrValues answer.packages);

  # Whoever edits a lock by hand can make its checksum, too.
  checked =
    package:
    if forms.package package == null then
      package // { file = fetch.fetchDeb (package // { pins = ""; }); }
    else
      fail "a package's ${forms.package package}";
in
{
  inherit request;
  debs =
    # A wrong name is told before what the lock lacks.
    builtins.seq request.input (
      if !isAnswer then
        fail "${key}: not of its form"
      else if (answer.input or null) != request.input then
        fail "older than the packages of ${request.image}"
      else
        builtins.mapAttrs (_: map checked) answer.packages
    );
}
