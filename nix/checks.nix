# What `nix flake check` proves, and what more there is to prove.
#
# Type: { system, systems, platforms, bootstrap, pins, python, mkAppImage, images, ship, pytest, lint, vm-tests }
#       -> { all, final, everything }
#   all         { <name> = derivation; }: the checks of all stages and of all images, those for the other platforms too
#   final       those for the build machine's platform that stand on final pins alone, so they pass as long as mirrors
#               keep their files
#   everything  a derivation for which all of them are built, but those on rolling pins: tests/rolling.py is for these
{
  system,
  systems,
  platforms,
  bootstrap,
  pins,
  python,
  mkAppImage,
  images,
  ship,
  pytest,
  lint,
  vm-tests,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    filter
    listToAttrs
    ;

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
        app = {
          sources = [
            "LICENSE"
            "nix"
            "runtime"
            "templates"
          ];
          withNix = true;
        };
        attestations = {
          sources = [
            "nix/attestations"
            "nix/bootstrap"
            "nix/debian"
            "nix/docker-tools"
            "nix/layer"
            "nix/pyproject"
            "tests/docker_tools/image_spec.py"
            "tests/pyproject/made_up_wheel.py"
          ];
          groups = [ "sbom" ];
        };
        bootstrap.sources = [
          "nix/bootstrap"
          "tests/debian/packages.py"
        ];
        debian.sources = [
          "nix/debian"
          "nix/layer"
        ];
        docker_tools = {
          sources = [
            "nix/argument-forms.nix"
            "nix/bootstrap"
            "nix/docker-tools"
            "nix/layer"
            "nix/pyproject/strings.nix"
            "nix/systems.nix"
          ];
          withNix = true;
          LIBZSTD = bootstrap.libzstd;
        };
        # The documents speak of all that is in the repository.
        docs = {
          sources = [
            ".ci"
            "CHANGELOG.md"
            "CONTRIBUTING.md"
            "LICENSE"
            "README.md"
            "SECURITY.md"
            "docs"
            "examples"
            "flake.nix"
            "nix"
            "runtime"
            "scripts"
            "setup"
            "templates"
            "tests"
          ];
          withNix = true;
        };
        examples = {
          sources = [
            "examples"
            "runtime/healthcheck"
          ];
          groups = [ "examples" ];
          KUBECTL = "${ship.kubectl}/bin/kubectl";
        };
        fetch.sources = [
          "nix/app/new"
          "nix/fetch"
          "templates/new"
        ];
        image_hooks = {
          sources = [ "runtime" ];
          withRuntime = true;
        };
        layer = {
          sources = [
            "nix/argument-forms.nix"
            "nix/layer"
            "nix/pyproject/strings.nix"
          ];
          withNix = true;
        };
        nix = {
          sources = [
            "LICENSE"
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
            "tests/made_up_index.py"
            "tests/poetry.lock"
            "tests/pyproject.toml"
            "tests/pyproject/made_up_toml.py"
          ];
          withNix = true;
        };
        pyproject = {
          sources = [
            "nix/pylock2nix"
            "nix/pyproject"
            "nix/systems.nix"
          ];
          withNix = true;
          BACKENDS = pytest.modulesOf ../nix/pyproject/backends [ "main" ];
          EU_STRIP = "${bootstrap.strip}/bin/eu-strip";
          CASES = builtins.toFile "cases.json" (builtins.toJSON (import ../tests/pyproject/cases));
        };
        python = {
          sources = [ "nix/python" ];
          PYTHON39 = "${python.pythons.py39.hostPython}/bin/python3";
        };
        runtime = {
          sources = [ "runtime" ];
          withRuntime = true;
        };
        scripts.sources = [ "scripts" ];
        setup.sources = [ "setup" ];
        ship = {
          sources = [
            "nix/attestations"
            "nix/docker-tools"
            "nix/fetch"
            "nix/layer"
            "nix/ship"
            "tests/docker_tools/image_spec.py"
          ];
          PUSH = "${ship.push}/bin/push";
          VERIFY = "${ship.verify}/bin/verify";
          COSIGN = "${ship.tools}/bin/cosign";
          ORAS = "${ship.tools}/bin/oras";
          REGISTRY = "${ship.registry}/bin/docker-registry";
          LIBZSTD = bootstrap.libzstd;
          LOAD = "${
            ship.mkLoad {
              image = images.image-py39-minimal;
              source = ../tests/ship/flake;
            }
          }/bin/load";
          ARCHIVE = images.image-py39-minimal;
        };
        testers = {
          sources = [
            "nix/argument-forms.nix"
            "nix/pyproject/strings.nix"
            "nix/testers"
          ];
          withNix = true;
          MACHINE = vm-tests.machine.spec;
        };
        uv2nix = {
          sources = [
            "nix/pylock2nix"
            "nix/pyproject"
            "nix/python-env.nix"
            "nix/systems.nix"
            "nix/uv2nix"
            "tests/made_up_index.py"
            "tests/poetry2nix/made_up_lock.py"
            "tests/pyproject/made_up_toml.py"
          ];
          withNix = true;
        };
      };

  # The structure of an image for a platform, read from its archive: image-py39, or image-py39-arm64 where that is not the
  # build machine's platform.
  structureName =
    image: platform: if platform == own then image else "${image}-${platform}";
  own = systems.${system}.oci.architecture;
  bills = image: {
    groups = [ "sbom" ];
    IMAGE = image;
    SBOM = image.sbom;
    CYCLONEDX = image.cyclonedx;
  };
  structure = listToAttrs (
    concatMap (
      image:
      map (platform: rec {
        name = structureName image platform;
        value = pytest.run (
          bills images.${image}.${platform}
          // {
            name = "check-${name}";
            folder = "tests/images";
            sources = [ "nix/pins" ];
          }
        );
      }) (attrNames platforms)
    ) (attrNames images)
  );

  # Whether images of each Python start, in a virtual machine: vm-py39, …
  machines = listToAttrs (
    map (short: {
      name = "vm-${short}";
      value = vm-tests."smoke-${short}";
    }) (attrNames pythons)
  );

  others = {
    inherit lint;
    # An app with dependencies of its own.
    app-sbom = pytest.run (
      bills (mkAppImage { src = ../templates/new; })
      // {
        name = "check-app-sbom";
        folder = "tests/images/test_image_sbom.py";
        sources = [
          "tests/images/conftest.py"
          "tests/images/image_tree.py"
        ];
      }
    );
    vm-restart = vm-tests.restart;
    vm-network = vm-tests.network;
    vm-registry = vm-tests.registry;
    vm-own-app = vm-tests.own-app;
    vm-docker-tools = vm-tests.docker-tools;
    vm-nixos = vm-tests.nixos;
    vm-arm64 = vm-tests.smoke-arm64;
  };

  all = unit // others // structure // machines;
  inherit (python) pythons;

  # All but the checks of what is made of pins for which a condition holds.
  allBut =
    holds:
    removeAttrs all (
      concatMap (image: map (structureName image) (attrNames platforms)) (
        filter (image: holds images.${image}) (attrNames images)
      )
      ++ map (short: "vm-${short}") (filter (short: holds pins.${pythons.${short}.pins}) (attrNames pythons))
    );
  foreign = concatMap (
    image: map (structureName image) (filter (platform: platform != own) (attrNames platforms))
  ) (attrNames images);
in
{
  inherit all;

  final = removeAttrs (allBut (of: !of.final)) (foreign ++ [ "vm-arm64" ]);

  # One derivation for which all of them are built.
  everything = bootstrap.runShell {
    name = "all-checks";
    checks = attrValues (allBut (of: of.rolling));
    script = ''
      for check in $checks; do
        if [ -d $check ]; then cat $check/subtests; else cat $check; fi
      done > $out
    '';
  };
}
