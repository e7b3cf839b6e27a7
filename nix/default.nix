# The package set of one system, one binding a stage, in the order in which data flows.
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
  inherit (bootstrap) runPython;
  python = import ./python {
    inherit system runPython;
    inherit (bootstrap) mkInterpreter;
  };
in
{
  inherit pins bootstrap python;
}
