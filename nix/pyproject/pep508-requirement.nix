# Requirements, such as "fastapi[standard]>=0.100,<1; os_name == 'posix'": PEP 508.
let
  inherit (import ./strings.nix) normalizeName splitOn toLower unique;
  pep440 = import ./pep440.nix;

  space = "[[:space:]]*";
  words = string: builtins.filter (word: word != "") (splitOn "[[:space:],]+" string);

  # A version as everybody would spell it, so that two spellings of one are the same string.
  spelling =
    version:
    let
      prefix = builtins.match "(.*)\\.\\*" version;
      parsed = pep440.parse (if prefix == null then version else builtins.head prefix);
    in
    if parsed == null then
      toLower version
    else
      builtins.toJSON parsed + (if prefix == null then "" else ".*");

  # Type: string -> string
  specifier =
    text:
    let
      parts = builtins.match "${space}(===|[~=!<>]=|[<>])${space}([^[:space:]]+)${space}" text;
    in
    if parts == null then text else builtins.head parts + spelling (builtins.elemAt parts 1);

  # The specifiers of one requirement in one spelling and order.
  # Type: string -> [ string ]
  # Example: specifiers "<2, >=1.0" == specifiers ">=1.0,<2"
  specifiers =
    text:
    let
      parts = builtins.filter (part: builtins.match space part == null) (splitOn "," text);
    in
    unique (map specifier parts);

  # Type: string -> requirement or null; null for what is none
  #   requirement = { name, extras = [ name ], specifiers = [ string ], url = string or null, marker = string }
  parse =
    text:
    let
      head = builtins.match "${space}([A-Za-z0-9][A-Za-z0-9._-]*)${space}(\\[([^]]*)])?${space}(.*)" text;
      rest = builtins.elemAt head 3;
      direct = builtins.match "@${space}([^[:space:]]+)(${space};(.*))?${space}" rest;
      indexed = builtins.match "\\(?([^;@()]*)\\)?${space}(;(.*))?" rest;
      marker = parts: if builtins.elemAt parts 2 == null then "" else builtins.elemAt parts 2;
      found = if direct != null then direct else indexed;
    in
    if builtins.stringLength text > 2000 || head == null || found == null then
      null
    else
      {
        name = normalizeName (builtins.head head);
        extras = if builtins.elemAt head 2 == null then [ ] else map normalizeName (words (builtins.elemAt head 2));
        specifiers = if direct != null then [ ] else specifiers (builtins.head indexed);
        url = if direct != null then builtins.head direct else null;
        marker = marker found;
      };
in
{
  inherit parse specifiers;
}
