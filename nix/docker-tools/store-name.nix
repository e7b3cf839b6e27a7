# A text as the beginning or the middle of a derivation's name, or all of it if it is not empty.
#
# A name in the Nix store has the characters 0-9 A-Z a-z + - . _ ? = and no dot at its beginning. Others become a dash.
# That of a derivation has at most 207 characters, since .drv follows. The text is cut to 190: the rest is for what a
# caller adds.
#
# Type: string -> string
# Example: storeName ".my app:1" == "my-app-1"
text:
let
  isText = part: !builtins.isList part;
  parts = builtins.split "[^0-9A-Za-z+._?=-]" (builtins.unsafeDiscardStringContext text);
  plain = builtins.concatStringsSep "-" (builtins.filter isText parts);
in
builtins.substring 0 190 (builtins.head (builtins.match "\\.*(.*)" plain))
