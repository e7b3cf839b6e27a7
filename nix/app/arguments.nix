# Holds the arguments of mkAppImage to their forms, so that a wrong one is told in a line.
#
# Type: { versions, variants } -> function -> args -> what the function gives
#   versions, variants  [ string ]: what `python` and `variant` may be
# Throws for an argument that there is none of, that is missing, or that has not its form.
# Example: arguments { versions = [ "3.9" ]; variants = [ "slim" ]; } mkAppImage { src = ./.; python = 3.9; }
{ versions, variants }:
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
  inherit (import ../pyproject/strings.nix) shown;

  isPath = value: builtins.isPath value || isString value && match "/.*" value != null || value ? outPath;
  matches = pattern: value: isString value && match pattern value != null;
  listOf = fits: value: isList value && all fits value;
  setOf = fits: value: isAttrs value && all fits (attrValues value);
  orNull = fits: value: value == null || fits value;
  oneOf = words: {
    fits = value: elem value words;
    form = "one of ${concatStringsSep ", " (map builtins.toJSON words)}";
  };
  a = form: fits: { inherit form fits; };
  names = a "a list of names" (listOf isString);

  forms = {
    src = a "the path of a folder" isPath;
    projectDir = a "the path of a folder" isPath;
    name = a "a name such as \"shop\" or \"registry.example/team/shop\"" isString;
    tag = a "a string" isString;
    python = oneOf versions;
    variant = oneOf variants;
    app = a "a module and its attribute, such as \"shop.main:app\"" (orNull (matches "[^: ]+(:[^ ].*)?"));
    files = a "a list of names in src, such as [ \"app\" \"alembic.ini\" ]" (orNull (listOf (matches "[^/].*[^/]|[^/]")));
    install = a "true or false" builtins.isBool;
    groups = names;
    extras = names;
    debian = names;
    lock = a "the name of a lock, such as \"uv.lock\"" (orNull isString);
    wheels = a "a set of paths, such as { foo = ./foo-1.0-py3-none-any.whl; }" (setOf isPath);
    package = a "the name of a member of the workspace" (orNull isString);
    certificates = a "a list of paths" (listOf isPath);
    env = a "a set of strings and whole numbers, such as { LOG_LEVEL = \"warning\"; }" (
      setOf (value: isString value || isInt value)
    );
    config = a "a set" isAttrs;
    prestart = a "the path of a file" (orNull isPath);
    healthcheckPath = a "a path such as \"/health\"" (orNull (matches "/[^ ]*"));
  };

  # A value, as a message may show it.
  show =
    value:
    if any (is: is value) [ isString isInt builtins.isFloat builtins.isBool ] then
      shown (builtins.toJSON value)
    else
      "a ${builtins.typeOf value}";
in
function: args:
let
  fail = what: throw "mkAppImage: ${what}";
  unknown = filter (name: !(forms ? ${name})) (attrNames args);
  wrong = filter (name: !forms.${name}.fits args.${name}) (attrNames args);
  name = head wrong;
in
if !isAttrs args then
  fail "it takes a set, such as { src = ./.; }"
else if unknown != [ ] then
  fail "${head unknown}: no such argument; there are ${concatStringsSep ", " (attrNames forms)}"
else if !(args ? src) then
  fail "src: it is missing; give the project's folder: src = ./."
else if wrong != [ ] then
  fail "${name}: ${show args.${name}} is not ${forms.${name}.form}"
else
  function args
