# The forms of what a pins file and its lock name; forms.py has the same, for the program that writes the lock.
#
# Type: { hash, isName, package, pins }
#   hash     JSON value -> the sha256 of what it says, however it was laid out; lock.py computes the same
#   isName   value -> whether it is a name of a Debian package
#   package  value -> null, or what is wrong with a package of a lock
#   pins     value -> null, or what is wrong with a pins file
# Example: package { name = "-x"; … } == "name: not of its form"
let
  # Matching needs a place on the stack for each character, so the length comes first.
  matches =
    pattern: value:
    builtins.isString value && builtins.stringLength value <= 300 && builtins.match pattern value != null;
  part = "[A-Za-z0-9_+~:-][A-Za-z0-9._+~:-]*";
  name = matches "[a-z0-9][a-z0-9+.-]+";
  listOf = fits: value: builtins.isList value && builtins.all fits value;
  tableOf = fits: value: builtins.isAttrs value && builtins.all fits (builtins.attrValues value);
  suitePattern = "[A-Za-z0-9]+([-./][A-Za-z0-9]+)*";
  suite = matches suitePattern;
  source = matches "${suitePattern}( [[]arch=[a-z0-9]+(-[a-z0-9]+)*[]])?";

  # Each field, and whether a value is one.
  ofPackage = {
    inherit name;
    version = matches "[0-9][A-Za-z0-9.+~:-]*";
    architecture = matches "[a-z0-9]+(-[a-z0-9]+)*";
    archive = matches "debian(-security)?";
    path = matches "${part}(/${part})*";
    sha256 = matches "[0-9a-f]{64}";
    size = size: builtins.isInt size && size >= 0;
  };
  ofPins = {
    inherit suite;
    python = value: value == null || matches "[1-9][0-9]*\\.[0-9]+" value;
    final = builtins.isBool;
    rolling = builtins.isBool;
    archives = tableOf (listOf source);
    layers = tableOf (
      layer: listOf name (layer.packages or (if layer ? only then [ ] else null)) && tableOf (listOf name) (layer.only or { })
    );
  };

  flaw =
    fields: value:
    let
      wrong = builtins.filter (field: !(value ? ${field}) || !fields.${field} value.${field}) (builtins.attrNames fields);
    in
    if wrong == [ ] then null else "${builtins.head wrong}: not of its form";
in
{
  hash = value: builtins.hashString "sha256" (builtins.toJSON value);
  isName = name;
  package = flaw ofPackage;
  pins = value: flaw ofPins ({ python = null; final = false; rolling = false; } // (if builtins.isAttrs value then value else { }));
}
