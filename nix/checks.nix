# What `nix flake check` proves, and what more there is to prove.
#
# Type: { system, systems, platforms, bootstrap, pins, python, mkAppImage, images, pytest, lint, vm-tests, unitChecks }
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
  pytest,
  lint,
  vm-tests,
  unitChecks,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    filter
    listToAttrs
    ;

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
    vm-compose = vm-tests.compose;
    vm-kube = vm-tests.kube;
    vm-own-app = vm-tests.own-app;
    vm-docker-tools = vm-tests.docker-tools;
    vm-nixos = vm-tests.nixos;
    vm-arm64 = vm-tests.smoke-arm64;
  };

  all = unitChecks // others // structure // machines;
  inherit (python) pythons;

  # What needs programs of Debian 13, or an image of it.
  onMovingPins = [
    "app-sbom"
    "examples"
    "ship"
    "vm-compose"
    "vm-kube"
    "vm-registry"
  ];

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

  final = removeAttrs (allBut (of: !of.final)) (onMovingPins ++ foreign ++ [ "vm-arm64" ]);

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
