# The package set of one system, one binding a stage, in the order in which data flows.
#
# Type: { system } -> { pins, bootstrap, python, debian, poetry2nix, dockerTools, images }
{ system }:
let
  systems = import ./systems.nix;
  fixedOutput = import ./fetch/fixed-output.nix;
  pins = import ./pins { inherit (fixedOutput) fetchDeb; };
  bootstrap = import ./bootstrap {
    inherit system systems;
    inherit (fixedOutput) file;
    pins = pins "bootstrap";
  };
  inherit (bootstrap) runPython runShell;
  python = import ./python {
    inherit system runPython;
    inherit (bootstrap) mkInterpreter;
  };
  dockerTools = import ./docker-tools {
    inherit
      system
      systems
      runPython
      runShell
      ;
    inherit (bootstrap) busybox python;
  };
  debian = import ./debian {
    inherit systems runPython;
  };
  poetry2nix = import ./poetry2nix {
    inherit systems runPython;
    inherit (fixedOutput) fetchWheel;
  };
  images = import ./images.nix {
    inherit system systems pins;
    inherit (bootstrap) unpack;
    inherit (python) mkPython;
    inherit (poetry2nix) mkPoetryEnv;
    inherit (debian) mkDebianLayer;
    inherit (dockerTools) mkTreeLayer buildLayeredImage;
  };
in
{
  inherit
    pins
    bootstrap
    python
    debian
    poetry2nix
    dockerTools
    images
    ;
}
