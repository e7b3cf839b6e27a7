# What makes the minimal images small: no maintainer tools, no documentation, busybox instead of coreutils and a shell.
#
# Type: { exclude, include, links, database }, arguments of mkDebianLayer
let
  pathExclude = import ./path-exclude.nix;
in
{
  # Also what lacks its libraries in a minimal image.
  exclude = pathExclude.exclude ++ [
    "usr/lib/*/libmpdec++.so.*"
    "usr/sbin/update-passwd"
  ];
  inherit (pathExclude) include;

  # Scanners look there for the packages of an image without dpkg.
  database = "status.d";

  links =
    builtins.listToAttrs (
      map (applet: {
        name = "usr/bin/${applet}";
        value = "busybox";
      }) (import ./busybox-applets.nix)
    )
    // {
      # Where OpenSSL's library looks for authorities. The link is in the package of its program, which is left out.
      "usr/lib/ssl/certs" = "/etc/ssl/certs";
    };
}
