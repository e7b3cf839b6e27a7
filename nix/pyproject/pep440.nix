# Versions and version specifiers: PEP 440.
#
# Type: { parse, less, specifier, allows }
#   less  version -> version -> bool: whether the first comes before the second
let
  inherit (import ./strings.nix) toLower splitOn toInt;

  # Groups: 1 epoch, 2 release, 5 and 6 pre, 7 to 10 post, 11 and 13 dev, 15 local.
  versionRegex = builtins.concatStringsSep "" [
    "[[:space:]]*v?"
    "(([0-9]+)!)?"
    "([0-9]+(\\.[0-9]+)*)"
    "([-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?([0-9]*))?"
    "(-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?"
    "([-_.]?dev[-_.]?([0-9]*))?"
    "(\\+([a-z0-9]+([-_.][a-z0-9]+)*))?"
    "[[:space:]]*"
  ];

  prePhases = {
    alpha = 0;
    a = 0;
    beta = 1;
    b = 1;
    preview = 2;
    pre = 2;
    rc = 2;
    c = 2;
  };

  numberOrZero = digits: if digits == null || digits == "" then 0 else toInt digits;

  # A part of a local version as a list that Nix orders right: numbers stand above words, and compare as numbers.
  localPart =
    part:
    if builtins.match "[0-9]+" part != null then
      [ 1 (toInt part) "" ]
    else
      [ 0 0 part ];

  # Type: string -> version or null; null for what is no version, or longer than 300 characters
  #   version = { epoch, release = [ int ], pre = [ phase number ] or null, post, dev = int or null, local = [ part ] }
  # Example: (parse "1.2rc1").release == [ 1 2 ]
  parse =
    string:
    let
      isShort = builtins.stringLength string <= 300;
      groups = if isShort then builtins.match versionRegex (toLower string) else null;
      group = builtins.elemAt groups;
    in
    if groups == null then
      null
    else
      {
        epoch = numberOrZero (group 1);
        release = map toInt (splitOn "\\." (group 2));
        pre = if group 4 == null then null else [ prePhases.${group 5} (numberOrZero (group 6)) ];
        post = if group 7 == null then null else numberOrZero (if group 8 != null then group 8 else group 10);
        dev = if group 11 == null then null else numberOrZero (group 12);
        local = if group 14 == null then [ ] else map localPart (splitOn "[-_.]" (group 14));
      };

  init = list: builtins.genList (builtins.elemAt list) (builtins.length list - 1);
  last = list: builtins.elemAt list (builtins.length list - 1);
  trimZeros = release: if release != [ ] && last release == 0 then trimZeros (init release) else release;

  isPrerelease = version: version.pre != null || version.dev != null;
  public = version: version // { local = [ ]; };

  # A list that Nix orders as PEP 440 orders versions.
  # Type: version -> list
  key = version: [
    version.epoch
    (trimZeros version.release)
    (
      if version.pre != null then
        version.pre
      else if version.post == null && version.dev != null then
        [ (-1) 0 ]
      else
        [ 3 0 ]
    )
    (if version.post == null then -1 else version.post)
    (if version.dev == null then 9223372036854775807 else version.dev)
    version.local
  ];

  less = a: b: key a < key b;

  # The first of all versions that begin with this release, and the first after them.
  firstOf = version: {
    inherit (version) epoch release;
    pre = null;
    post = null;
    dev = 0;
    local = [ ];
  };
  firstAfter = version: firstOf (version // { release = init version.release ++ [ (last version.release + 1) ]; });

  hasPrefix = prefix: version: !less version (firstOf prefix) && less version (firstAfter prefix);

  # Whether `version` is a post-release of `other`, or a local version of it: ">other" leaves these out, although they
  # sort above it.
  isPostReleaseOf =
    version: other:
    key (
      other
      // {
        post = null;
        dev = null;
        local = [ ];
      }
    ) == key version;

  equal = wanted: version: key (if wanted.local == [ ] then public version else version) == key wanted;
  atLeast = wanted: version: !less version wanted;

  # Type: { <operator> = wanted version -> version -> bool; }
  compare = {
    "==" = equal;
    "!=" = wanted: version: !equal wanted version;
    ">=" = atLeast;
    "<=" = wanted: version: !less wanted (public version);
    "<" = wanted: version: less version (if isPrerelease wanted then wanted else wanted // { dev = 0; });
    ">" =
      wanted: version:
      if wanted.dev != null then
        atLeast (wanted // { dev = wanted.dev + 1; }) version
      else if wanted.post != null then
        atLeast (
          wanted
          // {
            post = wanted.post + 1;
            dev = 0;
          }
        ) version
      else
        less wanted version && !isPostReleaseOf wanted version;
    "~=" = wanted: version: atLeast wanted version && hasPrefix (wanted // { release = init wanted.release; }) version;
  };

  comparePrefix = {
    "==" = hasPrefix;
    "!=" = prefix: version: !hasPrefix prefix version;
  };

  # Old metadata has ".*" behind these, too, where it has no meaning: pip once took it, and Poetry does.
  ordered = builtins.intersectAttrs { "<" = null; "<=" = null; ">" = null; ">=" = null; } compare;

  # What a specifier, such as ">=3.9" or "==3.*", says of a version. An unreadable version fits only "===".
  # Type: operator -> string -> (string -> bool) or null; null if they make no specifier
  # Example: specifier ">=" "3.9" "3.13.5" == true
  specifier =
    operator: operand:
    let
      prefix = builtins.match "[[:space:]]*(v?([0-9]+!)?[0-9.]+)\\.\\*[[:space:]]*" (toLower operand);
      literal = builtins.match "[[:space:]]*([^[:space:];)]*)[[:space:]]*" operand;
      wanted = parse (if prefix == null then operand else builtins.head prefix);
      test =
        if prefix != null then
          comparePrefix.${operator} or ordered.${operator} or null
        else if wanted.local != [ ] && !comparePrefix ? ${operator} then
          null
        else if operator == "~=" && builtins.length wanted.release < 2 then
          null
        else
          compare.${operator} or null;
    in
    if operator == "===" then
      (if literal == null then null else version: toLower version == toLower (builtins.head literal))
    else if wanted == null || test == null then
      null
    else
      string:
      let
        version = parse string;
      in
      version != null && test wanted version;

  # Whether a version fits each of several specifiers; null if one of them is none.
  # Type: specifiers -> string -> bool or null
  # Example: allows ">=3.9, <4" "3.13.5" == true
  allows =
    specifiers: version:
    let
      parts = builtins.filter (part: builtins.match "[[:space:]]*" part == null) (splitOn "," specifiers);
      tests = map (
        part:
        let
          words = builtins.match "[[:space:]]*([<>=!~]+)(.*)" part;
        in
        if words == null then null else specifier (builtins.head words) (builtins.elemAt words 1)
      ) parts;
    in
    if builtins.elem null tests then null else builtins.all (test: test version) tests;
in
{
  inherit parse less specifier allows;
}
