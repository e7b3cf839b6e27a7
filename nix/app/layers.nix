# The layers that the images of one Python are made of.
#
# Type: { target, systems, pins, lockedAdditions, bootstrap, layer, debian, python }
#       -> python -> { layers, additions, runtime, mkLayer }
#   layers     { base, python, tools, minimal }: those of the pins
#   additions  makes the layer of what an app adds to these (additions.nix)
#   runtime    the start scripts
#   mkLayer    makes those of environments and apps (below)
{
  target,
  systems,
  pins,
  lockedAdditions,
  bootstrap,
  layer,
  debian,
  python,
}:
thisPython:
let
  name = thisPython.pins;
  lock = pins.${name};
  architecture = systems.${target}.debian;
  packages = lock.layers.${architecture};
  mtime = lock.created;

  pathExclude = import ./path-exclude.nix;

  # A Debian layer of the images.
  debianLayer =
    part: args:
    debian.mkDebianLayer (
      {
        name = "${name}-${part}";
        system = target;
        inherit mtime;
        inherit (lock) suite;
        inherit (pathExclude) exclude include;
      }
      // args
    );

  # What the pins have for a layer of this name: arguments of debianLayer.
  pinned = part: {
    debs = packages.${part};
    manual = lock.wanted.${part};
  };

  # The bytecode of those packages of a layer that hold Python modules, as trees of the layer.
  bytecodeOf =
    part: debs:
    let
      modules = builtins.filter (package: builtins.match "(lib)?python3.*" package.name != null) debs;
    in
    if modules == [ ] then
      [ ]
    else
      [
        {
          prefix = "";
          path = thisPython.bytecode {
            name = "${name}-${part}-bytecode";
            trees = [
              {
                prefix = "";
                path = bootstrap.unpack {
                  name = "${name}-${part}-modules";
                  debs = modules;
                };
              }
            ];
          };
        }
      ];

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
      pinned part
      // args
      // {
        inherit (usrLocal) files diversions;
        links = links // usrLocal.links;
        trees = bytecodeOf part packages.${part};
      }
    );

  # The layers of Debian packages, by their names in the pins.
  layers = {
    base = debianLayer "base" (pinned "base" // { inherit (pathExclude) files; });
    python = layerWithPython "python" { below = layers.base; };
    tools = debianLayer "tools" (
      pinned "tools"
      // {
        below = layers.python;
        trees = bytecodeOf "tools" packages.tools;
      }
    );
    minimal = layerWithPython "minimal" (import ./minimal.nix);
  };
in
{
  inherit layers;

  additions = import ./additions.nix {
    inherit
      name
      architecture
      debianLayer
      bytecodeOf
      lockedAdditions
      layers
      ;
  };

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
