# The files of a project that go to /app.
#
# Type: { src, files ? null, install ? false, without ? [ ] } -> { tree, has }
#   src    the project's folder
#   files  [ name ]: files and folders of src, such as [ "app" "alembic.ini" ]. null: all that no server has a use for
#          is left out: tests, locks, dotfiles, bytecode, and what belongs to the flake
#   install  whether the project is installed, so that its folder src has no place there
#   without  [ name ]: files that come from elsewhere
#   tree   { path, prefix }, for mkTreeLayer; a change of other files is none of it
#   has    name -> bool: whether a file is among them
# Throws if src lacks one of `files`.
# Example: (appFiles { src = ./.; files = [ "app" ]; }).has "app/main.py"
{
  src,
  files ? null,
  install ? false,
  without ? [ ],
}:
let
  inherit (import ../pyproject/strings.nix) splitOn;

  root = toString src;
  nameOf = path: builtins.substring (builtins.stringLength root + 1) (-1) path;
  isBelow = folder: name: builtins.substring 0 (builtins.stringLength folder + 1) "${name}/" == "${folder}/";

  matchesAny = patterns: name: builtins.any (pattern: builtins.match pattern name != null) patterns;
  isUseless = matchesAny [
    "(.*/)?\\..*"
    "(.*/)?__pycache__"
    ".*\\.py[co]"
    "(.*/)?tests"
    "test|(test(_[^/]*)?|conftest)\\.py"
    "(poetry|uv|pdm)\\.lock|pylock(\\..*)?\\.toml"
    "flake\\.(nix|lock)|debian\\.lock\\.json|result(-.*)?"
    "venv|node_modules"
  ];

  # A folder above a wanted file is wanted, too.
  isWanted =
    name:
    if builtins.elem name without then
      false
    else if files == null then
      !isUseless name && !(install && isBelow "src" name)
    else
      builtins.any (file: isBelow file name || isBelow name file) files && !matchesAny [ "(.*/)?__pycache__" ] name;

  missing = builtins.filter (file: !builtins.pathExists (src + "/${file}")) (if files == null then [ ] else files);

  # The folders above a file, and the file.
  allAbove =
    name:
    let
      parts = splitOn "/" name;
      firsts = count: builtins.concatStringsSep "/" (builtins.genList (builtins.elemAt parts) count);
    in
    map firsts (builtins.genList (i: i + 1) (builtins.length parts));
in
if missing != [ ] then
  throw "mkAppImage: files: ${builtins.head missing} is not in the project, or git does not track it; git add it, or leave it out"
else
  {
    tree = {
      path = builtins.path {
        name = "app";
        path = src;
        filter = path: _: isWanted (nameOf path);
      };
      prefix = "app";
    };
    has = name: builtins.all isWanted (allAbove name) && builtins.pathExists (src + "/${name}");
  }
