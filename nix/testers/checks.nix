# How what the author of a test writes is held to its form.
#
# Type: { name } -> { fail, show, unknownOf, wholeNumber }
#   name  of the test, for the errors
{ name }:
let
  inherit (builtins)
    attrNames
    concatMap
    isAttrs
    isInt
    isString
    ;
  inherit (import ../pyproject/strings.nix) shown;
in
rec {
  # Type: string -> throws
  fail = what: throw "testers: ${name}: ${what}";

  # A value, as an error may show it.
  # Type: any -> string
  show =
    value:
    if isInt value || isString value then
      shown (builtins.toJSON value)
    else
      "a ${builtins.typeOf value}";

  # The paths in a set, such as "services.nginx", that are not among the known ones, each with a prefix before it.
  # Type: string -> { <name> = null or such a set; } -> set -> [ string ]
  unknownOf =
    prefix: known: set:
    concatMap (
      key:
      let
        path = "${prefix}${key}";
        value = set.${key};
        isSet = isAttrs value && !(value ? outPath) && value != { };
      in
      if known ? ${key} && known.${key} == null then
        [ ]
      else if known ? ${key} && isAttrs value then
        unknownOf "${path}." known.${key} value
      else if isSet then
        map (below: "${path}.${below}") (attrNames value)
      else
        [ path ]
    ) (attrNames set);

  # Type: where it stands -> any -> int above 0; throws for anything else
  wholeNumber =
    where: value:
    if isInt value && value > 0 then
      value
    else
      fail "${where}: ${show value} is not a whole number above 0";
}
