# What a project says of itself in its pyproject.toml.
#
# Type: folder -> { name, layout }
#   name    of the project, in its normal form (PEP 503), which an image may bear
#   isBuilt whether it says how it is built (PEP 518)
# Throws if there is no pyproject.toml, or no name in it.
# Example: (projectOf ./.).name == "my-shop"
projectDir:
let
  inherit (import ../pyproject/strings.nix) normalizeName;
  file = projectDir + "/pyproject.toml";
  pyproject = import ../pyproject/toml.nix (builtins.readFile file);
  name = pyproject.project.name or pyproject.tool.poetry.name or null;
in
if !builtins.pathExists file then
  throw "mkAppImage: ${toString projectDir}: no pyproject.toml; write one, and let git know of it: git add pyproject.toml"
else
  {
    name =
      if builtins.isString name then
        normalizeName name
      else
        throw "mkAppImage: ${toString file}: the project has no name; give name = \"NAME\"";
    isBuilt = pyproject ? build-system;
  }
