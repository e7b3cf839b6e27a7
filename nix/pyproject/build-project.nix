# The wheel of a project's own folder.
#
# Type: { pyproject, poetry2nix } -> { src, python, name, version ? null } -> derivation of build-wheel.nix
#   src      its folder; of a path, what .git, .venv, __pycache__ and result are in it is left out
#   name     the project's
#   version  for projects that take it from what git says, of which the source has nothing
# Example: buildProject { src = ./.; python = pythons.py313; name = "app"; }
{ pyproject, poetry2nix }:
{
  src,
  python,
  name,
  version ? null,
}:
pyproject.buildWheel {
  inherit python;
  backends = poetry2nix.backends python;
  wheel = {
    project = name;
    inherit version;
    build.path = src;
    local = true;
  };
}
