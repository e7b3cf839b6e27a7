# Debian packages → image layers.
#
# Type: { systems, bootstrap, layer } -> { mkDebianLayer }
{
  systems,
  bootstrap,
  layer,
}:
let
  modules = builtins.path {
    name = "debian-modules";
    path = ./.;
    filter = path: _: builtins.match ".*\\.py" path != null;
  };
  # A file that somebody gives: the store path of it alone, whatever characters its name has.
  certificateFile =
    file:
    if builtins.isPath file && !builtins.pathExists file then
      throw "debian: certificates: ${baseNameOf file}: no such file; check its path, and that git tracks it"
    else if builtins.isPath file then
      builtins.path {
        name = "certificate";
        path = file;
      }
    else if builtins.isString file && !builtins.hasContext file then
      throw "debian: certificates: ${file}: a string, which is no file to Nix; write a path, such as ./corp.pem"
    else
      "${file}";
in
{
  # A layer of Debian packages, with what their maintainer scripts would have done.
  # Type: { name, suite, system, debs, mtime, below ? null, manual ? null, database ? "dpkg", trees ? [ ], files ? { },
  #         links ? { }, diversions ? { }, certificates ? [ ], exclude ? [ ], include ? [ ] }
  #         -> layer, whose output also holds system.json, for a layer above, and which has the attribute `debs`
  #   name      of the derivation, and what the image's history calls the layer
  #   suite     Debian's code name of the release
  #   system    Nix system of the image, which need not be the builder's
  #   debs      [ { name, file, ... } ]: the packages of this layer
  #   mtime     of all that packages do not bring, seconds since 1970
  #   below     the Debian layer directly beneath
  #   manual    names of the packages that were asked for; null: all of them
  #   database  "dpkg", or "status.d" for an image without dpkg: one file a package, which scanners read
  #   trees     [ { path, prefix ? "" } ]: plain files to add, as mkTreeLayer does
  #   files     { <path in the image> = { text | source, mode ? "0644" }; }, source is a file
  #   links     { <path in the image> = target; }, which a package of a layer above may replace
  #   diversions  { <path of a packaged file> = <path where it stands instead>; }, as dpkg-divert --local makes them
  #   certificates  files in PEM form: authorities to trust beside those of ca-certificates
  #   exclude   shell patterns of packaged paths to leave out, as dpkg's path-exclude without the leading slash
  #   include   those of them to take all the same
  # The build fails for a damaged package, and if two packages or trees bring the same file.
  # Example:
  #   mkDebianLayer {
  #     name = "trixie-base";
  #     suite = "trixie";
  #     system = "x86_64-linux";
  #     debs = pins.trixie.layers.amd64.base;
  #     mtime = pins.trixie.created;
  #   }
  mkDebianLayer =
    {
      name,
      suite,
      system,
      debs,
      mtime,
      below ? null,
      manual ? null,
      database ? "dpkg",
      trees ? [ ],
      files ? { },
      links ? { },
      diversions ? { },
      certificates ? [ ],
      exclude ? [ ],
      include ? [ ],
    }:
    bootstrap.runPython {
      inherit name;
      main = ./layer.py;
      modules = [
        layer.modules
        modules
      ];
      spec = layer.plainTrees trees // {
        inherit
          suite
          mtime
          manual
          database
          files
          links
          diversions
          exclude
          include
          ;
        architecture = systems.${system}.debian;
        inherit (systems.${system}) multiarch;
        below = if below == null then null else "${below}";
        certificates = map (certificate: {
          name = builtins.unsafeDiscardStringContext (baseNameOf certificate);
          file = certificateFile certificate;
        }) certificates;
        debs = map (package: {
          inherit (package) name;
          file = "${package.file}";
        }) debs;
      };
    }
    // {
      isLayer = true;
      inherit debs;
    };
}
