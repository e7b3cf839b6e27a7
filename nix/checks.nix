# What `nix flake check` proves, and what more there is to prove.
#
# Type: { bootstrap, images, pytest, lint, vm-tests } -> { final, all }
#   final  { <name> = derivation; }: what stands on final pins alone, so it passes as long as mirrors keep their files
#   all    a derivation of every check of every image
{
  bootstrap,
  images,
  pytest,
  lint,
  vm-tests,
}:
let
  inherit (builtins) attrNames attrValues filter;

  # The tests of one stage, in the folder of its name, with the files that they read.
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
          "nix/layer"
        ];
        docker_tools = {
          sources = [
            "nix/docker-tools"
            "nix/layer"
            "nix/systems.nix"
          ];
          withNix = true;
        };
        fetch.sources = [ "nix/fetch" ];
        layer.sources = [ "nix/layer" ];
        nix = {
          sources = [
            "flake.nix"
            "nix"
            "runtime"
            "tests/vm"
          ];
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
            "nix/pyproject"
            "nix/systems.nix"
            "runtime/poetry.lock"
            "runtime/pyproject.toml"
            "tests/poetry.lock"
            "tests/pyproject.toml"
          ];
          withNix = true;
        };
        pyproject = {
          sources = [
            "nix/pyproject"
            "nix/systems.nix"
          ];
          withNix = true;
          CASES = builtins.toFile "cases.json" (builtins.toJSON (import ../tests/pyproject/cases.nix));
        };
        python.sources = [ "nix/python" ];
        runtime.sources = [
          "README.md"
          "runtime"
        ];
        setup.sources = [ "setup" ];
        testers = {
          sources = [
            "README.md"
            "nix/testers"
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

  # Whether an image starts, in a virtual machine: vm-py39 is the check of image-py39. One image has its variables tested.
  machines = builtins.listToAttrs (
    map (
      name:
      let
        short = builtins.substring 6 (-1) name;
      in
      {
        name = "vm-${short}";
        value = vm-tests."variables-${short}" or vm-tests."smoke-${short}";
      }
    ) (attrNames images)
  );

  others = {
    vm-restart = vm-tests.restart;
    vm-network = vm-tests.network;
    vm-own-app = vm-tests.own-app;
  };
  stages = unit // { inherit lint; };

  finalImages = filter (name: images.${name}.final) (attrNames images);
  finalMachines = map (name: "vm-${builtins.substring 6 (-1) name}") finalImages;
  only = names: builtins.intersectAttrs (builtins.listToAttrs (map (name: { inherit name; value = null; }) names));
in
{
  final = stages // others // only finalImages structure // only finalMachines machines;

  all = bootstrap.runShell {
    name = "all-checks";
    checks = attrValues (stages // structure);
    machines = attrValues (others // machines);
    script = ''
      cat $checks > $out
      for test in $machines; do cat $test/subtests; done >> $out
    '';
  };
}
