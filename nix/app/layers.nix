# The layers that the images of one Python are made of.
#
# Type: { system, systems, pins, bootstrap, layer, debian, python }
#       -> python -> { base, pythonLayer, tools, minimal, runtime, mkLayer }
# Slim images begin with base and pythonLayer, full ones have tools above these, minimal ones have minimal instead. What
# follows is made of plain files by mkLayer, but for runtime.
{
  system,
  systems,
  pins,
  bootstrap,
  layer,
  debian,
  python,
}:
thisPython:
let
  name = thisPython.pins;
  lock = pins.${name};
  packages = lock.layers.${systems.${system}.debian};
  mtime = lock.created;

  pathExclude = import ./path-exclude.nix;

  # A layer of the packages that the pins have under this name.
  debianLayer =
    part: args:
    debian.mkDebianLayer (
      {
        name = "${name}-${part}";
        inherit system mtime;
        inherit (lock) suite;
        debs = packages.${part};
        manual = lock.wanted.${part};
        inherit (pathExclude) exclude include;
      }
      // args
    );

  # The bytecode of those packages of a layer that hold Python modules.
  bytecodeOf = part: {
    prefix = "";
    path = thisPython.bytecode {
      name = "${name}-${part}-bytecode";
      trees = [
        {
          prefix = "";
          path = bootstrap.unpack {
            name = "${name}-${part}-modules";
            debs = builtins.filter (package: builtins.match "(lib)?python3.*" package.name != null) packages.${part};
          };
        }
      ];
    };
  };

  # A Debian layer with Python, which has its place below /usr/local too.
  layerWithPython =
    part:
    {
      links ? { },
      ...
    }@args:
    let
      usrLocal = python.usrLocal thisPython;
    in
    debianLayer part (
      args
      // {
        inherit (usrLocal) files diversions;
        links = links // usrLocal.links;
        trees = [ (bytecodeOf part) ];
      }
    );

in
rec {
  base = debianLayer "base" { inherit (pathExclude) files; };
  pythonLayer = layerWithPython "python" { below = base; };
  tools = debianLayer "tools" {
    below = pythonLayer;
    trees = [ (bytecodeOf "tools") ];
  };
  minimal = layerWithPython "minimal" (import ./minimal.nix);
  runtime = import ./runtime.nix { inherit layer; } {
    python = thisPython;
    inherit mtime;
  };

  # A layer of plain files, and of packages in their place, with their bytecode.
  # Type: { name, envs ? [ ], trees ? [ ] } -> layer
  #   envs   environments of pyproject.mkEnv
  #   trees  of mkTreeLayer
  mkLayer =
    {
      name,
      envs ? [ ],
      trees ? [ ],
    }:
    let
      installed = map (path: {
        inherit path;
        prefix = "usr/local";
      }) envs;
      bytecode = {
        path = thisPython.bytecode {
          name = "${name}-bytecode";
          trees = installed;
        };
        prefix = "";
      };
    in
    layer.mkTreeLayer {
      inherit name mtime;
      trees = installed ++ (if envs == [ ] then [ ] else [ bytecode ]) ++ trees;
    };
}
