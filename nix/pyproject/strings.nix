# String functions that `builtins` lacks.
#
# Type: { toLower, splitOn, hasInfix, setOf, unique, toInt, normalizeName, percentDecoded, shown }
let
  upper = [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];
  lower = [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];

  # What of ASCII can be printed, from its code 32 on.
  ascii = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
  charAt = string: i: builtins.substring i 1 string;
  characters = builtins.genList (charAt ascii) (builtins.stringLength ascii);
  upperHex = "0123456789ABCDEF";
  lowerHex = "0123456789abcdef";
  codes =
    hex:
    builtins.genList (
      i:
      let
        code = i + 32;
      in
      "%${charAt hex (code / 16)}${charAt hex (code - code / 16 * 16)}"
    ) (builtins.stringLength ascii);
in
rec {
  # Type: string -> string; ASCII only
  toLower = builtins.replaceStrings upper lower;

  # The parts of a string between the matches of a regular expression.
  # Type: regex -> string -> [ string ]
  # Example: splitOn "\\." "3.9.2" == [ "3" "9" "2" ]
  splitOn = separator: string: builtins.filter builtins.isString (builtins.split separator string);

  # Type: needle -> haystack -> bool
  hasInfix = needle: haystack: needle == "" || builtins.replaceStrings [ needle ] [ "" ] haystack != haystack;

  # Strings as a set, to look them up in.
  # Type: [ string ] -> { <string> = null; }
  setOf = strings: builtins.listToAttrs (map (name: { inherit name; value = null; }) strings);

  # Type: [ string ] -> [ string ]; sorted, each once
  unique = strings: builtins.attrNames (setOf strings);

  # A decimal number, leading zeros allowed. One that is too big for an int is a float, which compares as well.
  # Type: string of at most 300 digits -> int or float
  toInt =
    digits:
    let
      number = builtins.head (builtins.match "0*(0|[1-9][0-9]*)" digits);
    in
    builtins.fromJSON (if builtins.stringLength number > 18 then "${number}.0" else number);

  # The normal form of the name of a project, an extra or a group: PEP 503, PEP 685, PEP 735.
  # Type: string -> string
  # Example: normalizeName "Foo__Bar.baz" == "foo-bar-baz"
  normalizeName = name: builtins.concatStringsSep "-" (splitOn "[-_.]+" (toLower name));

  # A part of a URL with those characters of ASCII as they are that are written as %XX in it.
  # Type: string -> string
  # Example: percentDecoded "torch-2.0%2Bcpu" == "torch-2.0+cpu"
  percentDecoded =
    string:
    if hasInfix "%" string then
      builtins.replaceStrings (codes upperHex ++ codes lowerHex) (characters ++ characters) string
    else
      string;

  # A string that somebody else wrote, as a message may hold it: in one line, of printable ASCII alone, and not too long.
  # Type: string -> string
  # Example: shown "a\nb" == "a?b"
  shown =
    string:
    let
      most = 200;
      start = builtins.concatStringsSep "?" (splitOn "[^ -~]+" (builtins.substring 0 most string));
    in
    if builtins.stringLength string > most then "${start}..." else start;
}
