# Where a lock says that a package is from which is on no index: one form for all locks.
#
# Type: forms (of lock-forms.nix) -> thing -> { git, url, path, directory, other }
#   thing  the package, with which errors begin
# Each is a function that gives a source, or throws for a word without its form:
#   git        { url, rev, subdirectory ? null } -> { kind, url (as Git takes it), rev, subdirectory }
#   url        { url, hash, subdirectory ? null } -> { kind, url, file (its name), hash (or null), subdirectory }
#   path       { path, hash, subdirectory ? null } -> { kind, path, file, hash (or null), subdirectory }
#   directory  { path, subdirectory ? null } -> { kind, path, subdirectory }
#   other      what it is, such as "a hg repository" -> { kind, what }: for what nothing is built of
# Paths are relative to the project's folder; a subdirectory is within what the rest names.
# Example: (sources "x 1").git { url = "git@git.example:x/x"; rev = "…"; }
forms: thing:
let
  inherit (import ./strings.nix) percentDecoded;
  at = what: "${thing}: ${what}";

  # The form that users of ssh write, which is no URL, as one; and without what pip puts before the scheme.
  gitUrl =
    url:
    let
      scp = builtins.match "([A-Za-z0-9._-]+@[A-Za-z0-9._-]+):([^/].*|/[^/].*)" url;
      prefixed = builtins.match "git\\+(.*)" url;
    in
    if prefixed != null then
      gitUrl (builtins.head prefixed)
    else if scp != null then
      "ssh://${builtins.head scp}/${builtins.elemAt scp 1}"
    else
      url;

  subdirectoryOf = subdirectory: if subdirectory == null then null else forms.inside (at "subdirectory") subdirectory;

  # A file at a URL or path, and what is known of it.
  archive =
    where:
    {
      hash,
      subdirectory ? null,
      ...
    }:
    {
      file = forms.file thing (percentDecoded (baseNameOf (builtins.head (builtins.split "[?#]" where))));
      hash = if hash == null then null else forms.hash thing hash;
      subdirectory = subdirectoryOf subdirectory;
    };
in
{
  git =
    {
      url,
      rev,
      subdirectory ? null,
    }:
    {
      kind = "git";
      url = forms.gitUrl (at "source") (if builtins.isString url then gitUrl url else url);
      rev = forms.commit (at "source") rev;
      subdirectory = subdirectoryOf subdirectory;
    };

  url =
    { url, ... }@args:
    {
      kind = "url";
      url = forms.url (at "source") url;
    }
    // archive url args;

  path =
    { path, ... }@args:
    {
      kind = "path";
      path = forms.path (at "source") path;
    }
    // archive path args;

  directory =
    {
      path,
      subdirectory ? null,
    }:
    {
      kind = "directory";
      path = forms.path (at "source") path;
      subdirectory = subdirectoryOf subdirectory;
    };

  other = what: {
    kind = "other";
    inherit what;
  };
}
