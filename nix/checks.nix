# What `nix flake check` proves.
#
# Type: { runShell, pytest, images, vm-tests } -> { settled, all }
#   settled  checks that stand on suites that no longer change: they pass as long as mirrors keep these
#   all      a derivation of every check and image
{
  runShell,
  pytest,
  images,
  vm-tests,
}:
let
  unit =
    builtins.mapAttrs
      (
        name: args:
        pytest.run (
          args
          // {
            name = "check-${name}";
            folder = "tests/${name}";
          }
        )
      )
      {
        debian.sources = [
          "nix/debian"
          "nix/docker-tools/layer_tar.py"
        ];
        docker_tools = {
          sources = [
            "nix/docker-tools"
            "nix/systems.nix"
          ];
          withNix = true;
        };
        fetch.sources = [ "nix/fetch" ];
        nix = {
          sources = [ "nix/rfc3339.nix" ];
          withNix = true;
        };
        pins = {
          sources = [
            "nix/fetch"
            "nix/pins"
          ];
          withNix = true;
        };
        poetry2nix = {
          sources = [
            "nix/poetry2nix"
            "nix/systems.nix"
            "runtime/poetry.lock"
            "runtime/pyproject.toml"
            "tests/poetry.lock"
            "tests/pyproject.toml"
          ];
          withNix = true;
          POETRY2NIX_CASES = builtins.toFile "cases.json" (builtins.toJSON (import ../tests/poetry2nix/cases.nix));
        };
        python.sources = [ "nix/python" ];
        runtime.sources = [
          "README.md"
          "runtime"
        ];
        setup.sources = [ "setup" ];
        vm_tests = {
          sources = [
            "README.md"
            "nix/vm-tests"
            "tests/container"
            "tests/vm/own-app"
          ];
          MACHINE = vm-tests.machine.spec;
        };
      };

  # The structure of an image, read from its archive.
  structure = builtins.mapAttrs (
    name: image:
    pytest.run {
      name = "check-${name}";
      folder = "tests/images";
      sources = [ "nix/pins" ];
      IMAGE = image;
    }
  ) images;

  # In a virtual machine: the variables on one image, and whether the others start.
  machines = {
    vm-py39 = vm-tests.smoke-py39;
    vm-py39-minimal = vm-tests.smoke-py39-minimal;
    vm-py39-slim = vm-tests.variables-py39-slim;
    vm-restart = vm-tests.restart;
    vm-network = vm-tests.network;
    vm-own-app = vm-tests.own-app;
  };
  otherSmokes = builtins.filter (name: builtins.match "smoke-py(39-slim|311.*|313.*)" name != null) (
    builtins.attrNames vm-tests
  );

  # Debian 11 is final.
  isSettled = name: builtins.match "image-py39.*" name != null;
in
rec {
  settled =
    unit
    // machines
    // builtins.listToAttrs (
      map (name: {
        inherit name;
        value = structure.${name};
      }) (builtins.filter isSettled (builtins.attrNames structure))
    );

  all = runShell {
    name = "all-checks";
    checks = builtins.attrValues (unit // structure);
    machines = builtins.attrValues machines ++ map (name: vm-tests.${name}) otherSmokes;
    script = ''
      cat $checks > $out
      for test in $machines; do cat $test/subtests; done >> $out
    '';
  };
}
