# What wheels are chosen for: each of some Pythons on each system of systems.nix.
#
# Type: [ { version, glibc, system, implementation, arch } ]
let
  systems = import ../../../nix/systems.nix;

  pythons = [
    {
      version = "3.9.2";
      glibc = "2.31";
    }
    {
      version = "3.11.2";
      glibc = "2.36";
    }
    {
      version = "3.13.5";
      glibc = "2.41";
    }
    {
      version = "3.14.0rc1";
      glibc = "2.17";
    }
    {
      version = "3.10.20";
      glibc = "2.4";
    }
  ];

  targets = builtins.concatMap (
    python:
    map (
      system:
      python
      // {
        inherit system;
        implementation = "cpython";
        arch = systems.${system}.wheel;
      }
    ) (builtins.attrNames systems)
  ) pythons;
in
targets
