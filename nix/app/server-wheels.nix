# What /start.sh needs of an environment, and the environment's own lock lacks.
#
# Type: { poetry2nix } -> python -> [ wheel ] (of the environment) -> [ wheel ] (these, and what is to be added)
#   The groups of runtime/poetry.lock are called as the package that each is for.
{ poetry2nix }:
let
  inherit (import ../pyproject/strings.nix) normalizeName;
  runtime = poetry2nix.readProject { projectDir = ../../runtime; };
in
python: wheels:
let
  names = map (wheel: normalizeName wheel.project) wheels;
  isLacking = name: !builtins.elem name names;
in
wheels
++ map (wheel: wheel // { lock = "runtime/poetry.lock"; }) (
  builtins.filter (wheel: isLacking (normalizeName wheel.project)) (
  runtime.wheelsFor {
    inherit python;
    groups = builtins.filter isLacking [
      "gunicorn"
      "uvicorn"
    ];
  }
)
)
