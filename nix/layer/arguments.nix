# Holds the arguments of mkTreeLayer to their forms, so that wrong ones are told in a line.
#
# Type: function -> args -> value -> value
#   function  whose formal arguments are what it takes
# Throws for arguments that it does not take, and for one that has not its form. What is in modes, owners and links is
# checked when the layer is built.
let
  inherit (builtins) attrNames isAttrs isString;
  inherit (import ../argument-forms.nix)
    a
    isPath
    joined
    listOf
    wrong
    ;
  inherit (import ../pyproject/strings.nix) shown;

  hasOnly = names: value: isAttrs value && attrNames (removeAttrs value names) == [ ];
  set = example: a "a set such as ${example}" isAttrs;

  forms = {
    name = a "a name" isString;
    trees = a "a list of sets such as { path = ./app; prefix = \"app\"; }" (
      listOf (tree: hasOnly [ "path" "prefix" "linked" ] tree && tree ? path && isPath tree.path)
    );
    links = set "{ \"usr/bin/app\" = \"/app/main.py\"; }";
    modes = set "{ \"app/secret\" = \"0640\"; }";
    owners = set "{ app = \"1000:1000\"; }";
    mtime = a "a whole number of seconds since 1970" builtins.isInt;
    commands = a "a list of sets such as { name = \"setup\"; text = \"mkdir -m 1777 tmp\"; }" (
      listOf (
        command:
        hasOnly [ "name" "text" ] command && isString (command.name or null) && isString (command.text or null)
      )
    );
    below = a "a list of layers" builtins.isList;
  };
in
function: args:
let
  takes = attrNames (builtins.functionArgs function);
  unknown = attrNames (removeAttrs args takes);
  message = wrong forms args;
  fail = what: throw "layer: ${if isString args.name then "${shown args.name}: " else ""}${what}";
in
value:
if unknown != [ ] then
  fail "${joined unknown}: no such argument; there are ${joined takes}"
else if message != null then
  fail message
else
  value
