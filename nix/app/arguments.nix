# Holds the arguments of mkAppImage to their forms, so that a wrong one is told in a line.
#
# Type: { versions, variants } -> function -> args -> what the function gives
#   versions, variants  [ string ]: what `python` and `variant` may be
# Throws for arguments that there are none of, for one that is missing, and for one that has not its form.
# Example: arguments { versions = [ "3.9" ]; variants = [ "slim" ]; } mkAppImage { src = ./.; python = 3.9; }
{ versions, variants }:
let
  inherit (builtins)
    attrNames
    isAttrs
    isInt
    isString
    ;
  inherit (import ../argument-forms.nix)
    a
    compressor
    isPath
    joined
    listOf
    matches
    oneOf
    orNull
    setOf
    wrong
    ;
  names = a "a list of names" (listOf isString);

  forms = {
    src = a "the path of a folder" isPath;
    projectDir = a "the path of a folder" isPath;
    name = a "a name such as \"shop\" or \"registry.example/team/shop\"" isString;
    tag = a "a string" isString;
    python = oneOf versions;
    variant = oneOf variants;
    inherit compressor;
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
in
function: args:
let
  fail = what: throw "mkAppImage: ${what}";
  unknown = attrNames (removeAttrs args (attrNames forms));
  message = wrong forms args;
in
if !isAttrs args then
  fail "it takes a set, such as { src = ./.; }"
else if unknown != [ ] then
  fail "${joined unknown}: no such argument; there are ${joined (attrNames forms)}"
else if !(args ? src) then
  fail "src: it is missing; give the project's folder: src = ./."
else if message != null then
  fail message
else
  function args
