# What the images leave out of Debian's packages. As in Debian's own slim images, that is what only a person at a
# terminal reads: documentation, but for the licences, and what programs say in other languages than English. And as in
# the official Python images, it is Python's static library: extension modules are not linked with it.
#
# The layers, and through dpkg's configuration what a user installs later, heed the same patterns.
#
# Type: { exclude, include, files }, arguments of mkDebianLayer
let
  exclude = [
    "usr/lib/*/libpython3*.a"
    "usr/share/doc/*"
    "usr/share/groff/*"
    "usr/share/info/*"
    "usr/share/lintian/*"
    "usr/share/locale/*"
    # The folders of the sections stay: there are maintainer scripts that fail without them.
    "usr/share/man/*/*"
  ];
  include = [
    "usr/share/doc/*/copyright"
    # An alias of locales that `locales` brings, and locale-gen(8) reads.
    "usr/share/locale/locale.alias"
  ];
  options = name: map (pattern: "${name}=/${pattern}\n");
in
{
  inherit exclude include;

  # Named as in Debian's images, where Dockerfiles that want the documentation look for it.
  files."etc/dpkg/dpkg.cfg.d/docker".text = builtins.concatStringsSep "" (
    [
      "# Packages are installed without these files. Delete this file and reinstall a package to get its own back.\n"
    ]
    ++ options "path-exclude" exclude
    ++ options "path-include" include
  );
}
