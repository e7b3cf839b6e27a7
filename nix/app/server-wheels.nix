# The wheels of an environment, and those that /start.sh needs beside.
#
# Type: { poetry2nix } -> python -> [ wheel ] -> [ wheel ]
# What the environment lacks is from runtime/poetry.lock, whose groups are called as the package that each is for.
{ poetry2nix }:
let
  inherit (import ../pyproject/strings.nix) normalizeName;
  lock = "runtime/poetry.lock";
  runtime = poetry2nix.readProject { projectDir = ../../runtime; };
in
python: wheels:
let
  names = map (wheel: normalizeName wheel.project) wheels;
  isLacking = name: !builtins.elem (normalizeName name) names;
  wanted = runtime.wheelsFor {
    inherit python;
    groups = builtins.filter isLacking [
      "gunicorn"
      "uvicorn"
    ];
  };
in
wheels ++ map (wheel: wheel // { inherit lock; }) (builtins.filter (wheel: isLacking wheel.project) wanted)
