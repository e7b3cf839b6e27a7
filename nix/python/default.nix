# The Pythons of images: what others need to know of each, its bytecode, and its place below /usr/local.
#
# Type: { system, systems, bootstrap, pins } -> { pythons, mkPython, builderPython, usrLocal }
{
  system,
  systems,
  bootstrap,
  pins,
}:
let
  inherit (systems.${system}) debian;
in
rec {
  # The Pythons that pins name, by their short names.
  # Type: { py39 = python; py311 = python; … }; each with `pins`, the name of its pins
  pythons = builtins.listToAttrs (
    map
      (name: {
        name = "py" + builtins.replaceStrings [ "." ] [ "" ] pins.${name}.python;
        value =
          mkPython {
            minor = pins.${name}.python;
            packages = pins.${name}.layers.${debian}.minimal;
          }
          // {
            pins = name;
          };
      })
      (builtins.filter (name: pins.${name}.python != null) (builtins.attrNames pins))
  );

  # Type: { minor, packages } -> python
  #   minor     "3.9"
  #   packages  [ package ]: at least pythonX.Y and libc6 of the image
  # The result holds, beside `minor`:
  #   version         "3.9.2"
  #   implementation  "cpython"
  #   glibc           "2.31": decides which manylinux wheels fit (PEP 600)
  #   system          the Nix system on which it runs
  #   prefix          where packages are installed
  #   hostPython      the same Python for the build machine: bin/python3
  #   bytecode        { name, trees = [ { path, prefix } ] } -> derivation: the bytecode of these trees, from / on
  # Example: (mkPython { minor = "3.9"; packages = pins.bullseye.layers.amd64.minimal; }).version == "3.9.2"
  mkPython =
    { minor, packages }:
    let
      upstreamVersion =
        name:
        let
          package = builtins.head (builtins.filter (package: package.name == name) packages);
        in
        builtins.head (builtins.match "([0-9.]+).*" package.version);
    in
    rec {
      inherit minor system;
      version = upstreamVersion "python${minor}";
      implementation = "cpython";
      glibc = upstreamVersion "libc6";
      prefix = "/usr/local";
      hostPython = bootstrap.mkHostPython {
        version = minor;
        debs = packages;
      };
      bytecode =
        { name, trees }:
        bootstrap.runPython {
          inherit name hostPython;
          main = ./compile.py;
          modules = [ (import ../layer/modules-of.nix ./. [ "stable_marshal.py" ]) ];
          # The order of a set must not change from run to run.
          PYTHONHASHSEED = "0";
          spec = { inherit trees; };
        };
    };

  # The Python of the builders, described as one of an image is, so that an environment can be made for it.
  # Type: python
  builderPython = mkPython {
    minor = bootstrap.python.version;
    packages = pins.bootstrap.layers.${debian}.python;
  };

  usrLocal = import ./usr-local.nix;
}
