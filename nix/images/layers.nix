# The layers that the images of one Python are made of.
#
# Type: { system, systems, pins, bootstrap, layer, debian, python, poetry2nix }
#       -> python -> { base, pythonLayer, env, tools, minimal, envMinimal, runtime }
# Full images stack base, pythonLayer, env, runtime and tools; slim ones the same without tools; minimal ones minimal,
# envMinimal and runtime.
{
  system,
  systems,
  pins,
  bootstrap,
  layer,
  debian,
  python,
  poetry2nix,
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

  # The environment of these groups of runtime/poetry.lock, with its bytecode.
  envLayer =
    part: groups:
    let
      env = {
        path = poetry2nix.mkPoetryEnv {
          projectDir = ../../runtime;
          python = thisPython;
          inherit groups;
        };
        prefix = "usr/local";
      };
    in
    layer.mkTreeLayer {
      name = "${name}-${part}";
      inherit mtime;
      trees = [
        env
        {
          path = thisPython.bytecode {
            name = "${name}-${part}-bytecode";
            trees = [ env ];
          };
          prefix = "";
        }
      ];
    };
in
rec {
  base = debianLayer "base" { inherit (pathExclude) files; };
  pythonLayer = layerWithPython "python" { below = base; };
  tools = debianLayer "tools" {
    below = pythonLayer;
    trees = [ (bytecodeOf "tools") ];
  };
  minimal = layerWithPython "minimal" (import ./minimal.nix);
  env = envLayer "env" (
    [
      "main"
      "all"
      "pip"
    ]
    # As the official images, which have none since Python 3.12.
    ++ (if builtins.compareVersions thisPython.minor "3.12" < 0 then [ "setuptools" ] else [ ])
  );
  envMinimal = envLayer "env-minimal" [ "main" ];
  runtime = import ./runtime.nix { inherit layer; } {
    python = thisPython;
    inherit mtime;
  };
}
