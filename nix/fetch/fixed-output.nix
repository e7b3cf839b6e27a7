# Files that only `nix run .#fetch` can bring into the store.
#
# Each is a fixed-output derivation, so its store path follows from its name and hash alone, and whoever adds a file
# with that name and hash has satisfied it. Its own builder never succeeds: its error names the command that brings the
# file. From the attributes beside the hash, which it reads in the derivation, `fetch` knows where the file is.
#
# Type: { fetchDeb, fetchWheel, file }
let
  # Store names allow fewer characters than Debian's versions do.
  storeName = builtins.replaceStrings [ "~" "%" "!" ] [ "_" "_" "_" ];

  # It names this flake by its own path, so that it also works where the error is read in a flake that uses this one.
  fetch = "nix run path:${builtins.unsafeDiscardStringContext (toString ../..)}#fetch";

  file =
    {
      name,
      sha256,
      outputHashMode ? "flat",
      ...
    }@attrs:
    derivation (
      removeAttrs attrs [ "sha256" ]
      // {
        name = storeName name;
        system = "builtin";
        builder = "builtin:fetchurl";
        inherit outputHashMode;
        outputHashAlgo = "sha256";
        outputHash = sha256;
        preferLocalBuild = true;
        # Nix shows it in its error.
        url = "${name} is not in the store; run: ${fetch} -- .#TARGET";
      }
    );
in
{
  # A Debian package.
  # Type: { archive, path, sha256 (hex), size (bytes), pins, ... } -> derivation
  #   archive  "debian" or "debian-security"
  #   path     pool path, relative to the archive
  #   pins     the name of the pins that it is from, for `update`
  fetchDeb =
    {
      archive,
      path,
      sha256,
      size,
      pins,
      ...
    }:
    file {
      name = baseNameOf path;
      kind = "deb";
      inherit
        archive
        path
        sha256
        size
        pins
        ;
    };

  # A wheel, found by pip on the index that the machine's pip configuration names.
  # Type: { project, version, filename, sha256 (hex) } -> derivation
  fetchWheel =
    {
      project,
      version,
      filename,
      sha256,
    }:
    file {
      name = filename;
      kind = "wheel";
      inherit
        project
        version
        filename
        sha256
        ;
    };

  inherit file;
}
