# The forms of what a lock names. A reader of a lock holds all that it reads to them before it uses any of it.
#
# A lock is written by a tool, but whoever proposes a change can write something else. Its words become names of the
# store, lines of the file that pip reads (nix/fetch/lock_forms.py matches those once more), and words of messages.
#
# Type: { lock, fix } -> { fail, <form> = thing -> value -> value; }
#   lock   the reader and the lock's path, with which its errors begin
#   fix    what the user is to do, with which they end
#   fail   string -> error
#   thing  what the value is and of which package, such as "idna 3.10: file"
#   form   one of those below: its function gives the value, or throws
# Example: (lockForms { lock = "poetry2nix: poetry.lock"; fix = "run poetry lock"; }).name "a package" "idna" == "idna"
{ lock, fix }:
let
  inherit (import ./strings.nix) shown splitOn;
  pep440 = import ./pep440.nix;

  # Matching needs a place on the stack for each character, so the length comes first.
  matches = most: pattern: value: builtins.stringLength value <= most && builtins.match pattern value != null;
  string = what: fits: {
    inherit what;
    fits = value: builtins.isString value && fits value;
  };

  forms = {
    table = {
      what = "a table";
      fits = builtins.isAttrs;
    };
    list = {
      what = "a list";
      fits = builtins.isList;
    };
    # What a parser of its own reads, such as a marker.
    text = string "a text of at most 10000 characters" (value: builtins.stringLength value <= 10000);
    # Of a project, an extra or a group: PEP 508, PEP 685, PEP 735.
    name = string "a name" (matches 200 "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?");
    version = string "a version" (value: matches 200 "[A-Za-z0-9.!+_-]+" value && pep440.parse value != null);
    # Of a wheel, or of any other file of a package.
    file = string "the name of a file" (matches 200 "[A-Za-z0-9_][A-Za-z0-9._+!-]*");
    hash = string "a hash" (matches 200 "[a-z0-9_]+:[0-9a-f]+");
    url = string "a URL" (matches 2048 "[A-Za-z][A-Za-z0-9+.-]*://[!-~]+");
    # Git has more ways to go somewhere, such as to run a program.
    gitUrl = string "the URL of a git repository" (matches 2048 "(https?|ssh|git|file)://[!-~]+");
    commit = string "a commit" (matches 64 "[0-9a-f]{40}([0-9a-f]{24})?");
    path = string "a path" (matches 2048 "[^[:cntrl:]]+");
    # A path that does not lead out of where it begins.
    inside = string "a path within" (
      value: matches 2048 "[^/[:cntrl:]][^[:cntrl:]]*" value && !builtins.elem ".." (splitOn "/" value)
    );
  };

  describe =
    value: if builtins.isString value then "\"${shown value}\"" else "a value of type ${builtins.typeOf value}";
  fail = what: throw "${lock}: ${what}; ${fix}";
in
{
  inherit fail;
}
// builtins.mapAttrs (
  _: form: thing: value:
  if form.fits value then value else fail "${shown thing}: ${describe value} is not ${form.what}"
) forms
