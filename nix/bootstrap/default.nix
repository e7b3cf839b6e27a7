# From one static busybox to the Python that runs every builder in the sandbox.
#
# Type: { system, systems, fetch, pins }
#       -> { inputs, seed, busybox, runShell, unpack, launcher, writeScripts, mkHostPython, python, strip, libzstd,
#            nix, runPython }
{
  system,
  systems,
  fetch,
  pins,
}:
let
  inherit (systems.${system}) debian multiarch loader;
  # Of Debian 12's main archive, which is final.
  layers = pins.bootstrap.layers.${debian};
in
rec {
  # What `fetch` must bring before any program of the store can run: a line of JSON for each package, the seed first.
  # Keys: name, sha256, archive, path, pins, size; all values are strings without quotes, so that a shell can read them.
  inputs = builtins.concatStringsSep "" (
    map (
      package:
      builtins.toJSON {
        inherit (package.file) name;
        inherit (package) sha256 archive path;
        size = toString package.size;
        pins = "bootstrap";
      }
      + "\n"
    ) (layers.seed ++ layers.python)
  );

  # The unpacked tree of the first of `inputs`: a line of JSON with its name and the sha256 that Nix has of it.
  seed = builtins.toJSON {
    name = "busybox-static";
    sha256 = systems.${system}.seed;
  };

  busybox = fetch.file {
    name = "busybox-static";
    kind = "busybox";
    sha256 = systems.${system}.seed;
    outputHashMode = "recursive";
  };

  # Run a script with busybox's shell and its other applets, also on PATH.
  # Type: { name, script, ... } -> derivation; further attributes are the script's environment
  # The shell would start an applet by itself, as a program whose first argument, by which busybox knows it, is its name.
  # An emulator of another processor may lose that argument. So functions name the applet in the second one.
  runShell =
    { script, ... }@attrs:
    derivation (
      removeAttrs attrs [ "script" ]
      // {
        inherit system;
        builder = "${busybox}/bin/busybox";
        args = [
          "sh"
          "-euc"
          ''
            busybox=${busybox}/bin/busybox
            PATH=$NIX_BUILD_TOP/bin
            $busybox mkdir $PATH
            $busybox --install -s $PATH
            for applet in $($busybox --list); do
              case $applet in
                *[!a-z0-9_]* | echo | false | kill | printf | pwd | test | true) ;;
                *) eval "$applet() { $busybox $applet \"\$@\"; }" ;;
              esac
            done
            ${script}
          ''
        ];
      }
    );

  # The files of packages, below one folder, which no symlink leaves. For programs of the build machine only: owners and
  # set-id bits are lost. The build fails for a package with a hard link or a device (unpack.sh).
  # Type: { name, debs = [ package ], script ? "" } -> derivation
  #   script  what comes after
  unpack =
    {
      name,
      debs,
      script ? "",
    }:
    runShell {
      inherit name;
      debs = map (package: package.file) debs;
      # A shell of its own would lack the functions.
      script = "(set -- $out $debs; . ${./unpack.sh})\n${script}";
    };

  # The text of a script that starts a program of an unpacked tree, wherever that is: the paths in the program itself
  # are absolute, so the tree's own loader is started by hand.
  # Type: { tree, program, exports ? "", libraries ? [ ], loaderOptions ? "" } -> string
  #   program        its path in the tree; an absolute path is a program from elsewhere that needs the tree's libraries
  #   exports        lines of shell that go before
  #   libraries      further folders of the tree that hold libraries
  #   loaderOptions  of ld.so(8)
  launcher =
    {
      tree,
      program,
      exports ? "",
      libraries ? [ ],
      loaderOptions ? "",
    }:
    let
      folders = [
        "lib/${multiarch}"
        "usr/lib/${multiarch}"
      ]
      ++ libraries;
      path = builtins.concatStringsSep ":" (map (folder: "${tree}/${folder}") folders);
    in
    ''
      #!${busybox}/bin/busybox sh
      ${exports}
      exec ${tree}/lib/${multiarch}/${loader} ${loaderOptions} --library-path ${path} ${if builtins.substring 0 1 program == "/" then program else "${tree}/${program}"} "$@"
    '';

  # A derivation with scripts in bin.
  # Type: name -> { <script's name> = <text>; } -> derivation
  writeScripts =
    name: scripts:
    runShell {
      inherit name;
      script =
        "mkdir -p $out/bin; cd $out/bin\n"
        + builtins.concatStringsSep "" (
          builtins.attrValues (
            builtins.mapAttrs (script: text: "cat > ${script} <<'END OF SCRIPT'\n${text}END OF SCRIPT\n") scripts
          )
        )
        + "chmod 755 *";
    };

  # A Python out of packages that runs on the build machine.
  # Type: { version (X.Y), debs, loaderOptions ? "", bytecode ? false } -> derivation with bin/python3
  #   bytecode  whether its own modules are compiled, which makes it start several times as fast
  mkHostPython =
    {
      version,
      debs,
      loaderOptions ? "",
      bytecode ? false,
    }:
    let
      start =
        tree:
        launcher {
          inherit tree loaderOptions;
          program = "usr/bin/python${version}";
          exports = "export PYTHONHOME=${tree}/usr PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1";
        };
      compile = ''
        cat > python3 <<'END'
        ${start "$out"}
        END
        sh python3 -m compileall -q --invalidation-mode unchecked-hash $out/usr/lib/python${version}
      '';
      tree = unpack {
        name = "python${version}-unpacked";
        inherit debs;
        script = if bytecode then compile else "";
      };
    in
    writeScripts "python${version}" { python3 = start tree; }
    // {
      inherit tree version;
    };

  python = mkHostPython {
    version = "3.11";
    debs = layers.python;
    # So that sys.executable is the script, which can be run (glibc 2.33 and newer).
    loaderOptions = "--argv0 $0";
    bytecode = true;
  };

  # eu-strip, for libraries of any processor. Unlike other strip programs it moves no section that is loaded, which would
  # break libraries that patchelf has changed.
  # Type: derivation with bin/eu-strip
  strip = writeScripts "strip" {
    eu-strip = launcher {
      tree = unpack {
        name = "strip-unpacked";
        debs = layers.python ++ layers.strip;
      };
      program = "usr/bin/eu-strip";
    };
  };

  # The library of Zstandard, which Python 3.11 lacks.
  # Type: string, its path
  libzstd =
    let
      tree = unpack {
        name = "libzstd-unpacked";
        debs = layers.zstd;
      };
    in
    "${tree}/usr/lib/${multiarch}/libzstd.so.1";

  # Nix for the build machine, for tests alone.
  nix =
    let
      tree = unpack {
        name = "nix-unpacked";
        debs = layers.python ++ layers.nix;
      };
      program =
        name:
        launcher {
          inherit tree;
          program = "usr/bin/nix";
          libraries = [ "usr/lib/nix" ];
          loaderOptions = "--argv0 ${name}";
        };
    in
    writeScripts "nix" (
      builtins.listToAttrs (
        map
          (name: {
            inherit name;
            value = program name;
          })
          [
            "nix"
            "nix-hash"
            "nix-instantiate"
            "nix-prefetch-url"
            "nix-store"
          ]
      )
    );

  builderModule = builtins.path {
    name = "builder-module";
    path = ./.;
    filter = path: _: baseNameOf path == "builder.py";
  };

  # Run a Python program in the sandbox.
  # Type: { name, main, hostPython ? python, modules ? [ folder ], spec ? <JSON value>, ... } -> derivation
  #   main     path of a .py file
  #   modules  folders on the module search path, beside that of builder.py
  #   spec     written as JSON to the file that the environment variable `specPath` names
  # Further attributes are the program's environment.
  runPython =
    {
      main,
      hostPython ? python,
      modules ? [ ],
      spec ? { },
      ...
    }@attrs:
    derivation (
      removeAttrs attrs [
        "main"
        "hostPython"
        "modules"
      ]
      // {
        inherit system;
        builder = "${hostPython}/bin/python3";
        args = [ "${main}" ];
        PYTHONPATH = builtins.concatStringsSep ":" ([ builderModule ] ++ modules);
        spec = builtins.toJSON spec;
        passAsFile = [ "spec" ];
      }
    );
}
