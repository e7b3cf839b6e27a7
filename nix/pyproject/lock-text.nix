# The text of a lock, read in parts.
#
# The arrays of files are nine tenths of a lock, mostly for other systems and Pythons, and Nix needs a second for each
# MiB of TOML. So they are left out at first, and those of the packages that are wanted are read later. Where each file
# is a table in a line of its own, as tools write them, only the strings of those lines are read that can matter.
#
# Type: { read, key ? "wheels" } -> text -> { content, filesOf, fileOf }
#   read     the function that reads TOML
#   key      of these arrays
#   content  what the text holds; a number stands for each such array that has lines of its own
#   filesOf  keep -> what the key has in content -> [ { file, hash } ]: null for what an entry has not
#     keep   string -> bool: which lines can matter
#   fileOf   an entry for a file, such as `sdist` -> { file, hash }
# Example: (lockText { read = builtins.fromTOML; } "[[package]]\nwheels = [\n    { … },\n]\n").content
{
  read,
  key ? "wheels",
}:
let
  inherit (import ./strings.nix) hasInfix percentDecoded splitOn;

  occurrences =
    part: string:
    (builtins.stringLength string - builtins.stringLength (builtins.replaceStrings [ part ] [ "" ] string))
    / builtins.stringLength part;

  # Whether each line of an array is a table, whose strings are all values, and hold neither quotes nor escapes.
  isPlain =
    array:
    let
      lines = occurrences "\n" array;
    in
    occurrences "\n    {" array == lines
    && occurrences "},\n" "${array}\n" == lines
    && !hasInfix "\\" array
    && !hasInfix "'" array
    && occurrences "\"" array == 2 * occurrences "= \"" array;

  # The strings of a table in one line, by their own keys, also those of a table within it.
  # Type: string -> { <key> = string; }
  stringsOf =
    line:
    let
      parts = splitOn "\"" line;
      at = builtins.elemAt parts;
      keyAt = i: builtins.match ".*[ ,{]([A-Za-z0-9_-]+) *= *" (at (2 * i));
    in
    builtins.listToAttrs (
      builtins.concatMap (
        i:
        let
          key = keyAt i;
        in
        if key == null then
          [ ]
        else
          [
            {
              name = builtins.head key;
              value = at (2 * i + 1);
            }
          ]
      ) (builtins.genList (i: i) (builtins.length parts / 2))
    );

  # The name of a file at a URL or path.
  lastPart = url: percentDecoded (baseNameOf (builtins.head (builtins.split "[?#]" url)));

  fileOf =
    entry:
    let
      where = entry.url or entry.path or null;
      sha256 = entry.sha256 or entry.hashes.sha256 or null;
    in
    {
      file = entry.name or entry.filename or entry.file or (if builtins.isString where then lastPart where else where);
      hash = entry.hash or (if builtins.isString sha256 then "sha256:${sha256}" else null);
    };
in
text:
let
  # Text, and between two pieces of it how a line begins: with an array of files, or with what closes an array.
  pieces = builtins.split "\n(${key} = \\[|])" text;
  count = builtins.length pieces / 2;
  textAfter = i: builtins.elemAt pieces (2 * i + 2);
  opens = i: builtins.elem "${key} = [" (builtins.elemAt pieces (2 * i + 1));
  isArray =
    i:
    i >= 0
    && i + 1 < count
    && opens i
    && !opens (i + 1)
    && builtins.elem (builtins.substring 0 1 (textAfter i)) [
      ""
      "\n"
    ];
  withoutArray =
    i:
    if isArray i then
      "\n${key} = ${toString i}"
    else if isArray (i - 1) then
      textAfter i
    else
      "\n${builtins.head (builtins.elemAt pieces (2 * i + 1))}${textAfter i}";
in
{
  content = read (builtins.head pieces + builtins.concatStringsSep "" (builtins.genList withoutArray count));

  filesOf =
    keep: value:
    let
      array = textAfter value;
      tables =
        if builtins.isList value then
          value
        else if !(builtins.isInt value && isArray value) then
          [ value ] # an entry that is no file
        else if isPlain array then
          map stringsOf (builtins.filter keep (builtins.tail (splitOn "\n" array)))
        else
          (read "${key} = [${array}\n]").${key};
    in
    map fileOf tables;

  inherit fileOf;
}
