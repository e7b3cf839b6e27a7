# What a project says of itself in its pyproject.toml.
#
# Type: folder -> { name, isPackage }
#   name       in its normal form (PEP 503), which an image may bear; "app" where there is a pylock.toml alone
#   isPackage  whether it is laid out as a package that has to be built and installed: it names its build system, does
#              not say that it is no package, and has its packages in a folder src, which is not one itself
# Throws if there is neither pyproject.toml nor pylock.toml, or no name in the first.
# Example: (project ./.).name == "my-shop"
projectDir:
let
  inherit (import ../pyproject/strings.nix) normalizeName;
  file = projectDir + "/pyproject.toml";
  pyproject = import ../pyproject/toml.nix (builtins.readFile file);
  name = pyproject.project.name or pyproject.tool.poetry.name or null;

  # In the words of Poetry, uv and PDM.
  saysNoPackage = builtins.elem false [
    (pyproject.tool.poetry.package-mode or null)
    (pyproject.tool.uv.package or null)
    (pyproject.tool.pdm.distribution or null)
  ];
  srcHas = file: builtins.pathExists (projectDir + "/src/${file}");
in
if builtins.pathExists file then
  {
    name =
      if builtins.isString name then
        normalizeName name
      else
        throw "mkAppImage: ${toString file}: the project has no name; give name = \"NAME\"";
    isPackage =
      pyproject ? build-system && !saysNoPackage && srcHas "" && !srcHas "__init__.py" && !srcHas "main.py";
  }
else if builtins.pathExists (projectDir + "/pylock.toml") then
  {
    name = "app";
    isPackage = false;
  }
else
  throw "mkAppImage: ${toString projectDir}: no pyproject.toml; write one, or an app to begin with: nix run .#new; and let git know of it: git add"
