# uv, the program that locks, for the build machine. It is one of the tools of the tests too, so their lock pins it.
#
# Type: { bootstrap, python, poetry2nix } -> derivation with bin/uv
{
  bootstrap,
  python,
  poetry2nix,
}:
let
  env = poetry2nix.mkPoetryEnv {
    projectDir = ../../tests;
    python = python.builderPython;
    groups = [ "uv" ];
  };
in
bootstrap.writeScripts "uv" {
  uv = bootstrap.launcher {
    inherit (bootstrap.python) tree;
    program = "${env}/bin/uv";
  };
}
