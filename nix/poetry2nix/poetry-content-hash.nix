# The hash by which Poetry knows that a lock belongs to a pyproject.toml.
let
  # The keys of [project] and of [tool.poetry] that decide about dependencies. Where there is neither [project] nor
  # [dependency-groups], Poetry hashes a key of `always` that is missing as null.
  ofProject = [ "requires-python" "dependencies" "optional-dependencies" ];
  always = [ "dependencies" "source" "extras" "dev-dependencies" ];
  ofPoetry = always ++ [ "group" ];

  select =
    keys: attrs:
    builtins.listToAttrs (
      builtins.concatMap (name: if attrs ? ${name} then [ { inherit name; value = attrs.${name}; } ] else [ ]) keys
    );
  ifAny = name: value: if value == { } then { } else { ${name} = value; };

  # JSON with the spaces that Python writes; Nix sorts keys as Python does.
  # Type: value -> string
  toJSON =
    value:
    if builtins.isAttrs value then
      let
        entry = name: "${builtins.toJSON name}: ${toJSON value.${name}}";
      in
      "{${builtins.concatStringsSep ", " (map entry (builtins.attrNames value))}}"
    else if builtins.isList value then
      "[${builtins.concatStringsSep ", " (map toJSON value)}]"
    else
      builtins.toJSON value;
in
# Type: { pyproject, withGroups (false for the locks of Poetry before 2.3) } -> sha256 (hex), or
#   null where Python would write characters that this JSON leaves as they are
{ pyproject, withGroups }:
let
  poetry = pyproject.tool.poetry or { };
  project = select ofProject (pyproject.project or { });
  groups = if withGroups then pyproject.dependency-groups or { } else { };
  standard = ifAny "project" project // ifAny "dependency-groups" groups;
  nulls = (import ../pyproject/strings.nix).setOf always;
  relevant =
    if standard == { } then
      nulls // select ofPoetry poetry
    else
      standard // { tool.poetry = select ofPoetry poetry; };
  json = toJSON relevant;
  isASCII = builtins.length (builtins.split "[^ -~]" json) == 1;
in
if isASCII then builtins.hashString "sha256" json else null
