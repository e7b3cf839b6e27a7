# What makes the minimal images small: no maintainer tools, no documentation, busybox instead of coreutils and a shell.
#
# Type: { exclude, include, links, database }, arguments of mkDebianLayer
{
  # What only a person reads, but for the licences, and what lacks its libraries in a minimal image.
  exclude = [
    "usr/lib/*/libmpdec++.so.*"
    "usr/sbin/update-passwd"
    "usr/share/doc/*"
    "usr/share/info/*"
    "usr/share/lintian/*"
    "usr/share/locale/*"
    "usr/share/man/*"
  ];
  include = [ "usr/share/doc/*/copyright" ];

  # Scanners look there for the packages of an image without dpkg.
  database = "status.d";

  links = builtins.listToAttrs (
    map (applet: {
      name = "usr/bin/${applet}";
      value = "busybox";
    }) (import ./busybox-applets.nix)
  );
}
