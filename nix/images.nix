# The matrix: what each image holds, and its OCI config.
#
# Type: { … stages of default.nix … } -> { image-py39, image-py39-slim, image-py39-minimal, image-py311, … }
{
  system,
  systems,
  pins,
  unpack,
  mkPython,
  mkPoetryEnv,
  mkDebianLayer,
  mkTreeLayer,
  buildLayeredImage,
}:
let
  pythons = {
    py39 = {
      minor = "3.9";
      suite = "bullseye";
    };
    py311 = {
      minor = "3.11";
      suite = "bookworm";
    };
    py313 = {
      minor = "3.13";
      suite = "trixie";
    };
  };

  variants = {
    "" = set: set.slim ++ [ set.tools ];
    "-slim" = set: set.slim;
    "-minimal" = set: set.minimal;
  };

  inherit (systems.${system}) debian;

  # The user of the minimal images, by the name and number that distroless images use.
  nonroot = 65532;

  # The layers of all variants of one Python.
  layersOf =
    { minor, suite }:
    let
      lock = pins suite;
      packages = lock.layers.${debian};
      mtime = lock.created;
      python = mkPython {
        inherit minor;
        packages = packages.minimal;
      };

      # The interpreter below /usr/local, as in the official images. For Python, /usr/local is a virtual environment of
      # Debian's interpreter: that keeps what pip installs apart from what apt installs, in site-packages, without a
      # change to Debian's files. With the system's site packages, so that `pip install --user` is not refused.
      links = builtins.listToAttrs (
        map
          (name: {
            name = "usr/local/bin/${name}";
            value = "/usr/bin/python${minor}";
          })
          [
            "python"
            "python3"
            "python${minor}"
          ]
      );
      files."usr/local/pyvenv.cfg".text = ''
        home = /usr/bin
        include-system-site-packages = true
        version = ${python.version}
      '';

      debianLayer =
        name: args:
        mkDebianLayer (
          {
            name = "${suite}-${name}";
            inherit suite system mtime;
            debs = packages.${name};
            manual = lock.wanted.${name};
          }
          // args
        );

      # A debian layer with Python: its bytecode, and the names below /usr/local.
      pythonLayer =
        name: args:
        debianLayer name (
          args
          // {
            inherit links files;
            trees = [
              {
                path = python.bytecode {
                  name = "${suite}-${name}-bytecode";
                  trees = [
                    {
                      path = unpack {
                        name = "${suite}-${name}-unpacked";
                        debs = packages.${name};
                      };
                      prefix = "";
                    }
                  ];
                };
                prefix = "";
              }
            ];
          }
        );

      envLayer =
        name: groups:
        let
          env = {
            path = mkPoetryEnv {
              projectDir = ../runtime;
              inherit python groups;
            };
            prefix = "usr/local";
          };
        in
        mkTreeLayer {
          name = "python${minor}-${name}";
          inherit mtime;
          trees = [
            env
            {
              path = python.bytecode {
                name = "python${minor}-${name}-bytecode";
                trees = [ env ];
              };
              prefix = "";
            }
          ];
        };

      runtime = mkTreeLayer {
        name = "runtime";
        inherit mtime;
        trees =
          map
            (name: {
              path = ../runtime + "/${name}";
              prefix = name;
            })
            [
              "app"
              "gunicorn_conf.py"
              "start-common.sh"
              "start-reload.sh"
              "start.sh"
            ];
      };

      base = debianLayer "base" { };
      pythonOverBase = pythonLayer "python" { below = base; };
    in
    {
      inherit python lock;
      slim = [
        base
        pythonOverBase
        (envLayer "env" [
          "main"
          "pip"
        ])
        runtime
      ];
      tools = debianLayer "tools" { below = pythonOverBase; };
      minimal = [
        (pythonLayer "minimal" {
          database = "status.d";
        })
        (envLayer "env-minimal" [ "main" ])
        runtime
      ];
    };

  mkImage =
    set: variant: choose:
    buildLayeredImage {
      name = "uvicorn-gunicorn-fastapi";
      tag = "python${set.python.minor}${variant}";
      created = import ./rfc3339.nix set.lock.created;
      contents = choose set;
      config = {
        Env = [
          "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
          "LANG=C.UTF-8"
          "PYTHON_VERSION=${set.python.version}"
          "PYTHONPATH=/app"
          "PYTHONUNBUFFERED=1"
        ];
        Cmd = [ "/start.sh" ];
        WorkingDir = "/app";
        ExposedPorts."80/tcp" = { };
        Labels = {
          "org.opencontainers.image.title" = "uvicorn-gunicorn-fastapi";
          "org.opencontainers.image.description" = "FastAPI served by Uvicorn workers that Gunicorn manages";
          "org.opencontainers.image.licenses" = "MIT";
        };
      }
      // (if variant == "-minimal" then { User = toString nonroot; } else { });
    };
in
builtins.listToAttrs (
  builtins.concatMap (
    name:
    let
      set = layersOf pythons.${name};
    in
    map (variant: {
      name = "image-${name}${variant}";
      value = mkImage set variant variants.${variant};
    }) (builtins.attrNames variants)
  ) (builtins.attrNames pythons)
)
