# The names of a set in one line. Those that another one begins share a word with it: a, a-b and a-c make a{,-b,-c}.
# Type: { <name> = any; } -> string
set:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    elem
    filter
    stringLength
    substring
    ;
  names = attrNames set;
  longer = name: filter (other: substring 0 (stringLength name + 1) other == "${name}-") names;
  word =
    name:
    let
      ends = map (substring (stringLength name) (-1)) (longer name);
    in
    if ends == [ ] then name else "${name}{,${concatStringsSep "," ends}}";
in
concatStringsSep ", " (map word (filter (name: !elem name (concatMap longer names)) names))
