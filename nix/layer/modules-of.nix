# Some Python modules of a folder, for the module search path of a builder (runPython's `modules`): a change of the
# others rebuilds nothing.
#
# Type: folder -> [ file name ] -> store path
# Example: modulesOf ./. [ "layer_tar.py" ]
folder: names:
builtins.path {
  name = "modules";
  path = folder;
  filter = path: _: builtins.elem (baseNameOf path) names;
}
