# The Pythons of images: what others need to know of each, its bytecode, and its place below /usr/local.
#
# Type: { system, target, systems, bootstrap, pins } -> { pythons, mkPython, builderPython, usrLocal }
{
  system,
  target,
  systems,
  bootstrap,
  pins,
}:
let
  # The packages of a layer of pins, for one Nix system.
  packagesOf = layers: system: layer: layers.${systems.${system}.debian}.${layer};
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
            system = target;
            packages = packagesOf pins.${name}.layers target "minimal";
            hostPackages = packagesOf pins.${name}.layers system "minimal";
          }
          // {
            pins = name;
          };
      })
      (builtins.filter (name: pins.${name}.python != null) (builtins.attrNames pins))
  );

  # Type: { minor, system, packages, hostPackages ? packages } -> python
  #   minor         "3.9"
  #   system        the Nix system on which it runs
  #   packages      [ package ]: at least pythonX.Y and libc6 of the image
  #   hostPackages  the same for the build machine
  # The result holds, beside `minor`:
  #   version         "3.9.2"
  #   implementation  "cpython"
  #   glibc           "2.31": decides which manylinux wheels fit (PEP 600)
  #   system          the Nix system on which it runs
  #   prefix          where packages are installed
  #   hostPython      the same Python for the build machine: bin/python3
  #   bytecode        { name, trees = [ { path, prefix } ] } -> derivation: the bytecode of these trees, from / on. It is
  #                   the same for all architectures, so the build machine's Python makes it
  # Throws if the Python of the build machine has another version.
  # Example:
  #   (mkPython {
  #     minor = "3.9";
  #     system = "x86_64-linux";
  #     packages = pins.bullseye.layers.amd64.minimal;
  #   }).version == "3.9.2"
  mkPython =
    {
      minor,
      system,
      packages,
      hostPackages ? packages,
    }:
    let
      upstreamVersion =
        packages: name:
        let
          package = builtins.head (builtins.filter (package: package.name == name) packages);
        in
        builtins.head (builtins.match "([0-9.]+).*" package.version);
      own = upstreamVersion packages "python${minor}";
      hostVersion = upstreamVersion hostPackages "python${minor}";
    in
    rec {
      inherit minor system;
      version =
        if own == hostVersion then
          own
        else
          throw "python: ${own} for ${system}, but ${hostVersion} for the build machine, whose bytecode may differ; update the pins when Debian has one version for both";
      implementation = "cpython";
      glibc = upstreamVersion packages "libc6";
      prefix = "/usr/local";
      hostPython = bootstrap.mkHostPython {
        version = minor;
        debs = hostPackages;
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
    inherit system;
    packages = packagesOf pins.bootstrap.layers system "python";
  };

  usrLocal = import ./usr-local.nix;
}
