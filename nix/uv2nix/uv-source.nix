# Where a uv.lock says that a package is from.
#
# Type: forms (of lock-forms.nix) -> package (of uv-lock.nix) -> hash of its file, or null
#   -> source of choose-wheels.nix
# Throws for a word without its form.
# Example: of { git = "https://git.example/x?subdirectory=a%2Fb&rev=main#0123…" }
#   { kind = "git"; url = "https://git.example/x"; rev = "0123…"; subdirectory = "a/b"; }
forms: package: hash:
let
  inherit (import ../pyproject/strings.nix) percentDecoded splitOn;
  inherit (package) source kind label;
  sources = import ../pyproject/lock-sources.nix forms label;
  subdirectory = source.subdirectory or null;

  # What is asked for is in the query, and what that came to at the end.
  git =
    let
      parts = builtins.match "([^?#]*)(\\?([^#]*))?#([^#]*)" (forms.path "${label}: source" source.git);
      part = builtins.elemAt parts;
      query = if part 2 == null then [ ] else splitOn "&" (part 2);
      asked = builtins.concatMap (
        pair:
        let
          found = builtins.match "subdirectory=(.*)" pair;
        in
        if found == null then [ ] else found
      ) query;
    in
    if parts == null then
      forms.fail "${label}: its source names no commit"
    else
      sources.git {
        url = part 0;
        rev = part 3;
        subdirectory = if asked == [ ] then null else percentDecoded (builtins.head asked);
      };
in
{
  registry = null;
  # Of which nothing is installed.
  virtual = null;
  inherit git;
  url = sources.url {
    inherit (source) url;
    inherit hash subdirectory;
  };
  path = sources.path {
    inherit (source) path;
    inherit hash subdirectory;
  };
  directory = sources.directory { path = source.directory; };
  editable = sources.directory { path = source.editable; };
}
.${kind}
