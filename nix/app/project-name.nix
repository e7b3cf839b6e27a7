# How a project is called.
#
# Type: folder -> string
#   in its normal form (PEP 503), which an image may bear; "app" where there is no pyproject.toml, but a pylock.toml
# Throws if there is neither, or no name in pyproject.toml.
# Example: projectName ./. == "my-shop"
projectDir:
let
  inherit (import ../pyproject/strings.nix) normalizeName;
  file = projectDir + "/pyproject.toml";
  pyproject = import ../pyproject/toml.nix (builtins.readFile file);
  name = pyproject.project.name or pyproject.tool.poetry.name or null;
in
if builtins.pathExists file then
  if builtins.isString name then
    normalizeName name
  else
    throw "mkAppImage: ${toString file}: the project has no name; give name = \"NAME\""
else if builtins.pathExists (projectDir + "/pylock.toml") then
  "app"
else
  throw "mkAppImage: ${toString projectDir}: no pyproject.toml; write one, or an app to begin with: nix run .#new; and let git know of it: git add"
