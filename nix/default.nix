# The package set of one system, one binding a stage, in the order in which data flows.
#
# Type: { system } -> { pins, bootstrap, python, debian, poetry2nix, dockerTools, images, pytest, testers, vm-tests, checks }
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
    inherit (dockerTools) layerTar;
  };
  # The Python of the builders, as a Python of images is described.
  buildPython = python.mkPython {
    minor = "3.11";
    packages = (pins "bootstrap").layers.${systems.${system}.debian}.python;
  };
  poetry2nix = import ./poetry2nix {
    inherit systems runPython;
    inherit (fixedOutput) fetchWheel;
    builder = {
      python = buildPython;
      projectDir = ../runtime;
      groups = [ "build" ];
    };
  };
  layersOf = import ./layers.nix {
    inherit system systems pins;
    inherit (bootstrap) unpack;
    inherit (python) mkPython;
    inherit (poetry2nix) mkPoetryEnv;
    inherit (debian) mkDebianLayer;
    inherit (dockerTools) mkTreeLayer;
  };
  images = import ./images.nix {
    inherit layersOf;
    inherit (dockerTools) buildLayeredImage;
  };
  pytest = import ./pytest.nix {
    inherit runPython runShell;
    inherit (bootstrap) writeScripts busybox nix;
    interpreter = bootstrap.python;
    env = poetry2nix.mkPoetryEnv {
      projectDir = ../tests;
      python = buildPython;
    };
  };
  testers = import ./vm-tests {
    inherit
      system
      systems
      pins
      bootstrap
      ;
    inherit (debian) mkDebianLayer;
  };
  vm-tests = import ../tests/vm {
    inherit
      testers
      dockerTools
      images
      runShell
      ;
    inherit (bootstrap) writeScripts;
    pytest = pytest.program;
  };
  checks = import ./checks.nix {
    inherit
      runShell
      pytest
      images
      vm-tests
      ;
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
    pytest
    testers
    vm-tests
    checks
    ;
}
