# What a lock of Poetry pins, for the Python that runs the builders.
#
# Type: { bootstrap, python, poetry2nix } -> folder of the project -> [ group ] -> string, the path of site-packages
# Example: builderModules ../runtime [ "main" ]
{
  bootstrap,
  python,
  poetry2nix,
}:
projectDir: groups:
let
  env = poetry2nix.mkPoetryEnv {
    inherit projectDir groups;
    python = python.builderPython;
  };
in
"${env}/lib/python${bootstrap.python.version}/site-packages"
