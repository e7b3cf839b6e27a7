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

  # The user of the minimal images: Debian's nobody, by number, since Kubernetes wants to see that it is not root.
  nobody = "65534:65534";

  # A minimal image leaves out what only a person reads, but for the licences, and what lacks its libraries there.
  unused = {
    exclude = [
      "usr/lib/*/libmpdec++.so.*"
      "usr/sbin/update-passwd"
      "usr/share/doc/*"
      "usr/share/info/*"
      "usr/share/lintian/*"
      "usr/share/locale/*"
      "usr/share/man/*"
    ];
    include = [ "usr/share/doc/*/copyright" ];
  };

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

      linksTo =
        target: folder: names:
        builtins.listToAttrs (
          map (name: {
            name = "${folder}/${name}";
            value = target;
          }) names
        );

      # The interpreter below /usr/local, as in the official images. For Python, /usr/local is a virtual environment of
      # Debian's interpreter: that keeps what pip installs apart from what apt installs, in site-packages, without a
      # change to Debian's files. With the system's site packages, so that `pip install --user` is not refused.
      pythonLinks = linksTo "/usr/bin/python${minor}" "usr/local/bin" [
        "python"
        "python3"
        "python${minor}"
      ];
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

      # The bytecode of those packages of a layer that hold Python modules.
      bytecodeOf = name: {
        prefix = "";
        path = python.bytecode {
          name = "${suite}-${name}-bytecode";
          trees = [
            {
              prefix = "";
              path = unpack {
                name = "${suite}-${name}-modules";
                debs = builtins.filter (package: builtins.match "(lib)?python3.*" package.name != null) packages.${name};
              };
            }
          ];
        };
      };

      # A Debian layer with Python, and its names below /usr/local.
      pythonLayer =
        name:
        {
          links ? { },
          ...
        }@args:
        debianLayer name (
          args
          // {
            inherit files;
            links = links // pythonLinks;
            trees = [ (bytecodeOf name) ];
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
          name = "${suite}-${name}";
          inherit mtime;
          trees = [
            env
            {
              path = python.bytecode {
                name = "${suite}-${name}-bytecode";
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
      tools = debianLayer "tools" {
        below = pythonOverBase;
        trees = [ (bytecodeOf "tools") ];
      };
      minimal = [
        (pythonLayer "minimal" (
          unused
          // {
            database = "status.d";
            links = linksTo "busybox" "usr/bin" (import ./busybox-applets.nix);
          }
        ))
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
      // (if variant == "-minimal" then { User = nobody; } else { });
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
