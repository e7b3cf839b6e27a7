# Files that only `nix run .#fetch` can bring into the store.
#
# Each is a fixed-output derivation, so its store path follows from its name and hash alone, and whoever adds a file
# with that name and hash has satisfied it. Its own builder never succeeds: its error names the command that brings the
# file. From the attributes beside the hash, which it reads in the derivation, `fetch` knows where the file is.
#
# Type: { fetchDeb, fetchWheel, fetchSdist, file }
let
  # Store names allow fewer characters than Debian's versions do.
  storeName = builtins.replaceStrings [ "~" "%" "!" ] [ "_" "_" "_" ];

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
        url = "${name} is not in the store; run: nix run .#fetch, or for another target than the default: nix run .#fetch -- TARGET";
      }
    );

  # A file of a version of a Python project.
  distribution =
    kind:
    {
      project,
      version,
      filename,
      sha256,
      index ? null,
      url ? null,
    }:
    file (
      {
        name = filename;
        inherit
          kind
          project
          version
          filename
          sha256
          ;
      }
      // (if index == null then { } else { inherit index; })
      # `url` is the attribute that Nix shows.
      // (if url == null then { } else { directUrl = url; })
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

  # A wheel.
  # Type: { project, version, filename, sha256 (hex), index ? null, url ? null } -> derivation
  #   filename  as the index has it, or as the end of `url` has it when that is decoded
  #   index     URL of a private simple index that the lock names
  #   url       of the file itself, if the lock names it
  # Without both, it is looked for on the index that the machine's pip configuration names.
  fetchWheel = distribution "wheel";

  # A source distribution. Bringing it runs nothing of what is in it.
  # Type: as fetchWheel
  fetchSdist = distribution "sdist";

  inherit file;
}
