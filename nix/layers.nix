# The layers that the images of one Python are made of.
#
# Type: { … stages of default.nix … } -> { suite, minor } -> { python, created, base, interpreter, env, tools, minimal, envMinimal, runtime }
#   suite        the name of the pins, and minor, such as "3.9", the Python in them
#   python       of mkPython
#   created      seconds since 1970, of the pins
# The others are layers. Full images stack base, interpreter, env, runtime and tools, slim ones all but tools,
# minimal ones minimal, envMinimal and runtime.
{
  system,
  systems,
  pins,
  unpack,
  mkPython,
  mkPoetryEnv,
  mkDebianLayer,
  mkTreeLayer,
}:
{ suite, minor }:
let
  lock = pins suite;
  packages = lock.layers.${systems.${system}.debian};
  mtime = lock.created;
  python = mkPython {
    inherit minor;
    packages = packages.minimal;
  };

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
        inherit system mtime;
        inherit (lock) suite;
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

  runtime =
    let
      files =
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
      healthcheck = {
        path = ../runtime/healthcheck;
        prefix = "usr/local/bin/healthcheck";
      };
      hooks = {
        path = ../runtime/uvicorn_gunicorn;
        prefix = "usr/local/lib/python${minor}/site-packages/uvicorn_gunicorn";
      };
      bytecode = {
        path = python.bytecode {
          name = "${suite}-runtime-bytecode";
          trees = [ hooks ];
        };
        prefix = "";
      };
    in
    mkTreeLayer {
      name = "runtime";
      inherit mtime;
      trees = files ++ [
        healthcheck
        hooks
        bytecode
      ];
    };
in
rec {
  inherit python;
  inherit (lock) created;
  base = debianLayer "base" { };
  interpreter = pythonLayer "python" { below = base; };
  env = envLayer "env" [
    "main"
    "pip"
  ];
  tools = debianLayer "tools" {
    below = interpreter;
    trees = [ (bytecodeOf "tools") ];
  };
  minimal = pythonLayer "minimal" (
    unused
    // {
      database = "status.d";
      links = linksTo "busybox" "usr/bin" (import ./busybox-applets.nix);
    }
  );
  envMinimal = envLayer "env-minimal" [ "main" ];
  inherit runtime;
}
