# The wheel that an environment gets of a package that has none on an index: of a source, one that is to be built.
#
# Type: { base, target } -> { fetched, ofSdist, ofSource }
#   base    the folder to which paths in the lock are relative
#   target  of targetOf
# A choice is { wheel }, one of those that default.nix describes, or { why }: what keeps it from being one.
{ base, target }:
let
  inherit (import ./strings.nix) shown;
  pep425 = import ./pep425.nix;

  isWheel = file: builtins.match ".*\\.whl" file != null;
  isAbsolute = path: builtins.substring 0 1 path == "/";

  # What is wrong with a wheel that the lock gives no choice of, or null.
  misfit =
    file:
    let
      wheel = pep425.parse file;
    in
    if wheel == null then
      "${file} is not the name of a wheel"
    else if pep425.rank target.tags wheel == null then
      "${file} does not fit ${target.description}"
    else
      null;

  built =
    package: build: {
      wheel = {
        project = package.name;
        inherit (package) version;
        inherit build;
      };
    };

  # A file that is to be fetched.
  # Type: package -> { file, hash (or null), url ? null, … } -> choice
  fetched =
    package:
    {
      file,
      hash,
      url ? null,
      ...
    }:
    let
      sha256 = builtins.match "sha256:([0-9a-f]{64})" (if hash == null then "" else hash);
      index = package.index or null;
    in
    if sha256 == null then
      { why = "${file}: ${if hash == null then "no hash" else hash} is not a sha256"; }
    else
      {
        wheel = {
          project = package.name;
          inherit (package) version;
          filename = file;
          sha256 = builtins.head sha256;
        }
        // (if url != null then { inherit url; } else if index != null then { inherit index; } else { });
      };

  # The wheel of an archive that is to be fetched.
  # Type: package -> { file, hash (or null), url ? null, subdirectory ? null } -> choice
  ofSdist =
    package: sdist:
    let
      archive = fetched package sdist;
    in
    if archive ? why then
      archive
    else
      built package {
        sdist = archive.wheel;
        subdirectory = sdist.subdirectory or null;
      };

  # The wheel of a file or folder beside the project, unless it is not there or something is wrong with it.
  # Type: source -> (path -> null or string) -> (path -> choice) -> choice
  ofPath =
    source: wrong: choose:
    let
      path = if isAbsolute source.path then /. + source.path else base + "/${source.path}";
      why = wrong path;
    in
    if !builtins.pathExists path then
      { why = "${shown source.path} is not there; if git does not track it, add it"; }
    else if why != null then
      { inherit why; }
    else
      {
        wheel = (choose path).wheel // {
          local = true;
        };
      };

  kinds = {
    git =
      package: source:
      built package {
        git = { inherit (source) url rev; };
        inherit (source) subdirectory;
      };

    url =
      package: source:
      let
        why = misfit source.file;
      in
      if !isWheel source.file then
        ofSdist package source
      else if why != null then
        { inherit why; }
      else
        fetched (package // { inherit (pep425.parse source.file) version; }) source;

    path =
      package: source:
      let
        wrong =
          path:
          if source.hash != null && source.hash != "sha256:${builtins.hashFile "sha256" path}" then
            "${shown source.path} is not the file that was locked"
          else if isWheel source.file then
            misfit source.file
          else
            null;
      in
      ofPath source wrong (
        path:
        if isWheel source.file then
          {
            wheel = {
              project = package.name;
              inherit (pep425.parse source.file) version;
              filename = source.file;
              inherit path;
            };
          }
        else
          built package {
            inherit path;
            inherit (source) file subdirectory;
          }
      );

    directory =
      package: source:
      ofPath source (_: null) (
        path:
        built package {
          inherit path;
          inherit (source) subdirectory;
        }
      );

    other = _: source: { why = "its source is ${source.what}"; };
  };
in
{
  inherit fetched ofSdist;

  # The wheel of a package that is from no index.
  # Type: package -> choice
  ofSource = package: kinds.${package.source.kind} package package.source;
}
