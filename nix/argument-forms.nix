# The forms that the arguments of a function may have, and the line that says which one has not its form.
#
# A form is { form, fits }: what it is called in an error, and whether a value has it.
#
# Type: { a, oneOf, nullOr, compressor, isPath, isFile, matches, listOf, setOf, orNull, show, wrong, joined }
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatStringsSep
    elem
    filter
    head
    isAttrs
    isInt
    isList
    isString
    match
    ;
  inherit (import ./pyproject/strings.nix) shown;
in
rec {
  # Type: what it is called -> (value -> bool) -> form
  # Example: a "a string" builtins.isString
  a = form: fits: { inherit form fits; };

  # Type: [ string ] -> form
  oneOf = words: a "one of ${joined (map builtins.toJSON words)}" (value: elem value words);

  # A form that may be null, too, which its error leaves out.
  # Type: form -> form
  nullOr = form: form // { fits = orNull form.fits; };

  # Of an archive or a layer, where null is for what is usual.
  compressor = nullOr (oneOf [ "none" "gz" "zstd" ]);

  # What a value is. Type: value -> bool, once the arguments before it are given.
  isPath = value: builtins.isPath value || isString value && match "/.*" value != null || value ? outPath;
  # What a builder can read: a text alone names a file that it does not see.
  isFile = value: builtins.isPath value || value ? outPath || isString value && builtins.hasContext value;
  matches = pattern: value: isString value && match pattern value != null;
  listOf = fits: value: isList value && all fits value;
  setOf = fits: value: isAttrs value && all fits (attrValues value);
  orNull = fits: value: value == null || fits value;

  # A value, as a message may show it.
  show =
    value:
    if value == null then
      "null"
    else if any (is: is value) [ isString isInt builtins.isFloat builtins.isBool ] then
      shown (builtins.toJSON value)
    else
      "a ${builtins.typeOf value}";

  # What is wrong with the first argument that has not its form, or null. Arguments without a form are left out.
  # Type: { <argument> = form; } -> { <argument> = value; } -> string or null
  wrong =
    forms: args:
    let
      found = filter (name: !forms.${name}.fits args.${name}) (attrNames (builtins.intersectAttrs forms args));
      name = head found;
    in
    if found == [ ] then null else "${name}: ${show args.${name}} is not ${forms.${name}.form}";

  # Type: [ string ] -> string
  joined = concatStringsSep ", ";
}
