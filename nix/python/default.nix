# The Python of a Debian suite: what others need to know of it, and its bytecode.
#
# Type: { system, mkInterpreter, runPython } -> { mkPython }
{
  system,
  mkInterpreter,
  runPython,
}:
{
  # Type: { minor, packages, buildPackages ? packages, targetSystem ? system } -> python
  #   minor          "3.9"
  #   packages       [ package ]: at least pythonX.Y and libc6 of the image
  #   buildPackages  the same Python with all its libraries for the build machine, to run there
  # The result holds, beside `minor`:
  #   version         "3.9.2"
  #   implementation  "cpython"
  #   glibc           "2.31": decides which manylinux wheels fit (PEP 600)
  #   system          the Nix system on which it runs
  #   prefix          where packages are installed
  #   interpreter     the same Python for the build machine: bin/python3
  #   bytecode        { name, trees = [ { path, prefix } ] } -> derivation: the bytecode of these trees, from / on
  mkPython =
    {
      minor,
      packages,
      buildPackages ? packages,
      targetSystem ? system,
    }:
    let
      upstreamVersion =
        name:
        let
          package = builtins.head (builtins.filter (package: package.name == name) packages);
        in
        builtins.head (builtins.match "([0-9.]+).*" package.version);
    in
    rec {
      inherit minor;
      version = upstreamVersion "python${minor}";
      implementation = "cpython";
      glibc = upstreamVersion "libc6";
      system = targetSystem;
      prefix = "/usr/local";
      interpreter = mkInterpreter {
        version = minor;
        debs = buildPackages;
      };
      bytecode =
        { name, trees }:
        runPython {
          inherit name interpreter;
          main = ./compile.py;
          # The order of a set must not change from run to run.
          PYTHONHASHSEED = "0";
          spec = { inherit trees; };
        };
    };
}
