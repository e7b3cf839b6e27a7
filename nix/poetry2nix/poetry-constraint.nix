# Poetry's own notation for ranges of Python versions, which has PEP 440's within it.
let
  inherit (import ../pyproject/strings.nix) shown splitOn;
  pep440 = import ../pyproject/pep440.nix;

  caret = version: "==${builtins.head (splitOn "\\." version)}.*";
  tilde =
    version:
    let
      parts = splitOn "\\." version;
    in
    if builtins.length parts < 2 then caret version else "==${builtins.head parts}.${builtins.elemAt parts 1}.*";

  # One part of a constraint as specifiers of PEP 440 that all have to hold.
  # Type: [ operator version ] -> [ specifier ]
  toPep440 =
    part:
    let
      operator = builtins.elemAt part 0;
      version = builtins.elemAt part 1;
    in
    if version == "*" then
      [ ]
    else if operator == "^" then
      [ ">=${version}" (caret version) ]
    else if operator == "~" then
      [ ">=${version}" (tilde version) ]
    else if operator == "" || operator == "=" then
      [ "==${version}" ]
    else
      [ "${operator}${version}" ];

  allowsOne =
    fail: version: specifier:
    let
      parts = builtins.match "([^0-9]+)(.*)" specifier;
      test = pep440.specifier (builtins.head parts) (builtins.elemAt parts 1);
    in
    if test == null then fail "${specifier} is no range of Python versions" else test version;

  allowsAll =
    fail: version: constraint:
    let
      pieces = builtins.split "([~^<>=!]*) *v?([0-9][0-9a-zA-Z.*+-]*|\\*)" constraint;
      parts = builtins.filter builtins.isList pieces;
      isBetween = piece: builtins.isList piece || builtins.match "[ ,]*" piece != null;
    in
    if !builtins.all isBetween pieces then
      fail "${shown constraint} is no range of Python versions"
    else
      builtins.all (allowsOne fail version) (builtins.concatMap toPep440 parts);
in
# Whether a version of Python fits, such as "^3.9" or ">=3.9,<3.12 || 3.13.*".
# Type: fail -> constraint -> version -> bool
#   fail  string -> error: what to do with a constraint that is none
# Example: allows fail "^3.9" "3.13.5" == true
fail: constraint: version:
builtins.any (allowsAll fail version) (splitOn " *\\|\\|? *" constraint)
