# Python packaging by its own specifications: what fits a Python, sources → wheels, and wheels → environment.
#
# Type: { systems, bootstrap, fetch } -> { targetOf, buildWheel, mkEnv, mkLockStage }
#
# A Python is described by
#   { version ("3.9.2"), implementation ("cpython"), glibc ("2.31"), system ("x86_64-linux"), prefix ("/usr/local") }
# and more, and need not run on the build machine. A wheel is described by one of
#   { project, version, filename, sha256 (hex), … }  to be fetched: what fetch.fetchWheel takes
#   { project, version, filename, path }             a file that is there
#   { project, version, build }                      to be built of the source `build` (build-wheel.nix)
# The last two have `local = true` if they are of a file or folder beside the project.
# and may have `lock`, the name of the lock that it is from, if that is not the project's own.
{
  systems,
  bootstrap,
  fetch,
}:
let
  pep425 = import ./pep425.nix;
  pep508 = import ./pep508.nix;
  pep600 = import ./pep600.nix;

  # The file of a wheel, or the folder that holds the file alone.
  # Type: { python, backends } -> wheel -> path or derivation
  fileOf =
    tools: wheel:
    wheel.path or (if wheel ? build then buildWheel (tools // { inherit wheel; }) else fetch.fetchWheel (removeAttrs wheel [ "lock" ]));

  # A folder of some of the modules here, so that a change of others rebuilds nothing.
  # Type: name -> [ file ] -> store path
  modulesOf =
    name: files:
    builtins.path {
      inherit name;
      path = ./.;
      filter = path: _: builtins.elem (baseNameOf path) files;
    };

  # All that decides which packages and wheels fit a Python.
  # Type: python -> { environment (pep508.nix), tags, mayFit (pep425.nix), description }
  # Throws for a system that systems.nix does not have.
  # Example: (targetOf pythons.py39).environment.python_version == "3.9"
  targetOf =
    python:
    if !(systems ? ${python.system}) then
      throw "pyproject: ${python.system}: an unknown system; known are ${
        builtins.concatStringsSep ", " (builtins.attrNames systems)
      }"
    else
      {
        environment = pep508.environment { inherit systems python; };
        tags = pep425.supported {
          inherit (python) version;
          platforms = pep600 {
            inherit (python) glibc;
            arch = systems.${python.system}.wheel;
          };
        };
        mayFit = pep425.mayFit {
          inherit (python) version;
          arch = systems.${python.system}.wheel;
        };
        description = "Python ${python.version} on ${python.system} with glibc ${python.glibc}";
      };

  buildWheel = import ./build-wheel.nix {
    inherit
      bootstrap
      fetch
      modulesOf
      targetOf
      ;
  };

  # Wheels, installed in the sandbox by the library `installer`.
  # Type: { python, wheels = [ wheel ], installer = [ wheel ], backends ? null, installedBy, dontStrip ? false,
  #         below ? null } -> derivation
  #   wheels       in the order of their lock; of a file that two of them have, the last one's is there
  #   installer    of the library, and of `packaging`
  #   backends     of build-wheel.nix, for wheels that are to be built
  #   installedBy  what the file INSTALLER of each distribution says (PEP 627)
  #   dontStrip    keep what a server never reads: the symbols in libraries that nothing loads, the C sources of compiled
  #                modules, and launchers for Windows; RECORD names what is there in any case
  #   The output is a tree to be copied to `python.prefix`: bin, lib/pythonX.Y/site-packages, …
  #   below        an environment that this one will stand beside, with what its packages require
  #   Its attributes: `python`; `wheels`, the derivations of the wheels; and
  #   withWheels  ([ wheel ] -> [ wheel ]) -> derivation: the same of other wheels, which a function gives for its own
  #   above       [ wheel ] -> derivation: one of these wheels alone, to stand beside this one
  # The build fails if wheels could not be built, one is broken, a file of one is a folder of another, or wheels of
  # several locks do not fit together (check_requirements.py).
  mkEnv =
    {
      python,
      wheels,
      installer,
      backends ? null,
      installedBy,
      dontStrip ? false,
      below ? null,
    }@args:
    let
      file = fileOf { inherit python backends; };
      minor = builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" python.version);

      env =
        bootstrap.runPython {
          name = "python${minor}-env";
          main = ./install_wheels.py;
          # Python imports a wheel of pure Python as it is.
          modules = [
            (modulesOf "wheel-modules" [
              "built_wheels.py"
              "check_requirements.py"
              "lean_wheel.py"
              "strip_library.py"
              "wheel_checks.py"
              "wheel_destination.py"
            ])
          ]
          ++ map file installer;
          spec = {
            name = "python${minor}-env";
            inherit minor installedBy;
            inherit (python) prefix;
            # Extras have had their effect when the lock was made.
            environment = removeAttrs (targetOf python).environment [ "extra" ];
            strip = if dontStrip then null else "${bootstrap.strip}/bin/eu-strip";
            wheels = map (wheel: {
              # What is built has its name in its folder.
              filename = wheel.filename or null;
              path = "${file wheel}";
              lock = wheel.lock or null;
            }) wheels;
            below = if below == null then null else "${below}";
          };
        }
        // {
          inherit python;
          wheels = map file wheels;
          withWheels = others: mkEnv (args // { wheels = others wheels; });
          above = wheels: mkEnv (args // { inherit wheels; below = env; });
        };
    in
    env;

  mkLockStage = import ./lock-stage.nix { inherit targetOf fileOf mkEnv; };
in
{
  inherit
    targetOf
    buildWheel
    mkEnv
    mkLockStage
    ;
}
