# The environment of a project with whichever lock it has.
#
# Type: { poetry2nix, uv2nix, pylock2nix } -> mkPythonEnv
{
  poetry2nix,
  uv2nix,
  pylock2nix,
}:
let
  makers = {
    "poetry.lock" = poetry2nix.mkPoetryEnv;
    "pylock.toml" = pylock2nix.mkPylockEnv;
    "uv.lock" = uv2nix.mkUvEnv;
  };
  list = builtins.concatStringsSep ", ";
in
# Type: { projectDir, python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> derivation
#   Further arguments are those of the lock's own function.
# Throws if there is no lock, or more than one.
# Example: mkPythonEnv { projectDir = ./.; python = pythons.py313; }
{ projectDir, ... }@args:
let
  locks = builtins.filter (name: builtins.pathExists (projectDir + "/${name}")) (builtins.attrNames makers);
in
if locks == [ ] then
  throw "mkPythonEnv: ${toString projectDir}: no ${list (builtins.attrNames makers)}; make one, and let git know of it"
else if builtins.length locks > 1 then
  throw "mkPythonEnv: ${toString projectDir}: it has ${list locks}; keep the one that the project uses, or call its own function"
else
  makers.${builtins.head locks} args
