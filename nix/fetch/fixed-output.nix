# Files that only `nix run .#fetch` can bring into the store.
#
# Each is a fixed-output derivation (flat, sha256), so its store path follows from its name and hash alone and
# whoever adds a file with that name and hash has satisfied it. Its own builder only says so: it never succeeds.
# The attributes beside the hash are what `fetch` reads back from the derivation to find the file.
let
  # Store names allow fewer characters than Debian's versions do.
  storeName = builtins.replaceStrings [ "~" "%" "!" ] [ "_" "_" "_" ];

  file =
    { name, sha256, outputHashMode ? "flat", ... }@attrs:
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
        url = "${name} is not in the store; run: nix run .#fetch -- TARGET";
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
    { archive, path, sha256, size, pins, ... }:
    file {
      name = baseNameOf path;
      kind = "deb";
      inherit archive path sha256 size pins;
    };

  # A wheel, found by pip on the index that the machine's pip configuration names.
  # Type: { project, version, filename, sha256 (hex) } -> derivation
  fetchWheel =
    { project, version, filename, sha256 }:
    file {
      name = filename;
      kind = "wheel";
      inherit project version filename sha256;
    };

  inherit file;
}
