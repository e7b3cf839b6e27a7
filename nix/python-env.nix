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
# Type: { projectDir, lock ? null, python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> derivation
#   lock  the name of one of several locks, such as "uv.lock"
#   Further arguments are those of the lock's own function.
# Throws if there is no lock, or more than one and `lock` names none of them.
# Example: mkPythonEnv { projectDir = ./.; python = pythons.py313; }
{
  projectDir,
  lock ? null,
  ...
}@args:
let
  fail = what: throw "mkPythonEnv: ${toString projectDir}: ${what}";
  names = builtins.attrNames makers;
  there = builtins.filter (name: builtins.pathExists (projectDir + "/${name}")) names;
  chosen = if lock == null then there else builtins.filter (name: name == lock) there;
in
if there == [ ] then
  fail "no ${list names}; make one, and let git know of it: git add"
else if chosen == [ ] then
  fail "no ${lock}; lock is one of ${list there}"
else if builtins.length chosen > 1 then
  fail "it has ${list chosen}; say which the project uses: lock = \"${builtins.head chosen}\""
else
  makers.${builtins.head chosen} (removeAttrs args [ "lock" ])
