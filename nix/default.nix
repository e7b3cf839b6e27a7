# The package set of one system: one line a stage, in the order in which data flows.
#
# A stage is a file that holds a function. It is called with those earlier stages that its arguments name, so the head
# of each file says what it stands on.
#
# Type: { system, target ? system, revision ? null } -> { <stage> = <what its file's comment says>; }
#   system    of the machine on which all is built, in Nix's words
#   target    the system of the images, and of the machines in which they are tested
#   revision  the commit of this source, for the images' labels
# The set's `platforms` are the sets for the images of each architecture, in OCI's words: { amd64 = set; arm64 = set; }
# Example: (import ./nix { system = "x86_64-linux"; target = "aarch64-linux"; }).images.image-py39
{
  system,
  target ? system,
  revision ? null,
}:
let
  stage =
    path:
    let
      make = import path;
    in
    make (builtins.intersectAttrs (builtins.functionArgs make) set);

  systems = import ./systems.nix;
  setFor =
    other:
    if other == target then
      set
    else
      import ./. {
        inherit system revision;
        target = other;
      };

  set = {
    inherit
      system
      target
      systems
      revision
      ;
    platforms = builtins.listToAttrs (
      map (other: {
        name = systems.${other}.oci.architecture;
        value = setFor other;
      }) (builtins.attrNames systems)
    );
    fetch = import ./fetch/fixed-output.nix;
    pins = stage ./pins;
    lockedAdditions = stage ./pins/additions.nix;
    bootstrap = stage ./bootstrap;
    layer = stage ./layer;
    debian = stage ./debian;
    python = stage ./python;
    pyproject = stage ./pyproject;
    poetry2nix = stage ./poetry2nix;
    builderModules = stage ./builder-modules.nix;
    buildProject = stage ./pyproject/build-project.nix;
    uv2nix = stage ./uv2nix;
    pylock2nix = stage ./pylock2nix;
    mkPythonEnv = stage ./python-env.nix;
    uv = stage ./lock;
    dockerTools = stage ./docker-tools;
    attestations = stage ./attestations;
    layersOf = stage ./app/layers.nix;
    mkAppImage = stage ./app;
    images = stage ./images;
    ship = stage ./ship;
    apps = stage ./apps.nix;
    testers = stage ./testers;
    pytest = stage ./pytest.nix;
    lint = stage ./lint.nix;
    vm-tests = stage ../tests/vm;
    unitChecks = stage ./unit-checks.nix;
    checks = stage ./checks.nix;
  };
in
set
