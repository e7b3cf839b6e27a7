# The tests that run in virtual machines.
#
# Type: { target, systems, platforms, pins, bootstrap, debian, python, testers, dockerTools, mkAppImage, images, ship,
#         pytest }
#       -> { smoke-<python>, smoke-arm64, suite-<image>, variables-py39-slim, restart, network, registry, compose,
#            swarm, kube, own-app, docker-tools, nixos, machine, all }
#   smoke-<python>       whether a Python's minimal and slim images start and serve, for each Python: smoke-py39, …
#   smoke-arm64          the same of one image for arm64, in a machine with that processor
#   suite-<image>        the container suite on the image, for each image: suite-py39-slim, …
#   variables-py39-slim  those tests of the suite that know every variable, on one image
#   restart              a container serves again after a reboot of its machine
#   network              a client on another machine reaches a container
#   registry             an image that one machine pushes to a registry on another is pulled there
#   compose              examples/compose serves through its proxy, and again after a power cut
#   swarm                examples/swarm serves without a pause through updates, and after a crash
#   kube                 Podman runs the examples for a cluster and for a server with Podman
#   own-app              the image of a project with a lock serves
#   docker-tools         images that name store paths run
#   nixos                a test in the words of NixOS's tests
#   machine              a machine that does next to nothing
#   all                  a derivation of every suite-<image> but those on rolling pins, and of the tests that no suite
#                        holds
{
  target,
  systems,
  platforms,
  pins,
  bootstrap,
  debian,
  python,
  testers,
  dockerTools,
  mkAppImage,
  images,
  ship,
  pytest,
}:
let
  inherit (bootstrap) runShell writeScripts;
  # A failure tells how this flake names the test.
  runTestOn = testers: args: testers.runTest ({ attribute = "vm-tests.${args.name}"; } // args);
  runTest = runTestOn testers;
  inherit (import ./image.nix { inherit runTest pytest; }) smoke suite;

  inherit (builtins)
    attrNames
    attrValues
    filter
    listToAttrs
    ;

  # { smoke-py39 = derivation; … }. The images of a Python share most of their layers, and so the time to load them. A
  # full image has the layers of a slim one and a layer of tools, which alone takes an emulated machine five minutes.
  smokes = listToAttrs (
    map (short: rec {
      name = "smoke-${short}";
      value = smoke {
        inherit name;
        images = [
          images."image-${short}-minimal"
          images."image-${short}-slim"
        ];
      };
    }) (attrNames python.pythons)
  );

  # { suite-py39-slim = derivation; … }
  suites = listToAttrs (
    map (image: rec {
      name = "suite${builtins.substring 5 (-1) image}";
      value =
        suite {
          inherit name;
          image = images.${image};
        }
        // {
          inherit (images.${image}) rolling;
        };
    }) (attrNames images)
  );

  # What the examples run: the app of all of them, and what stands beside it on one server.
  exampleAppWith =
    args:
    mkAppImage (
      {
        src = ../../examples/app;
        variant = "minimal";
      }
      // args
    );
  exampleApp = exampleAppWith { };
  startRegistry = import ./start-registry.nix { inherit ship; };
  services = import ./services.nix {
    inherit
      target
      systems
      pins
      debian
      dockerTools
      ;
  };

  others = {
    smoke-arm64 =
      (import ./image.nix {
        runTest = runTestOn platforms.arm64.testers;
        inherit pytest;
      }).smoke
        {
          name = "smoke-arm64";
          images = [ images.image-py313-minimal.arm64 ];
        };
    variables-py39-slim = suite {
      name = "variables-py39-slim";
      image = images.image-py39-slim;
      marker = "variables";
    };
    restart = import ./restart.nix {
      inherit runTest;
      image = images.image-py39-minimal;
    };
    network = import ./network.nix {
      inherit runTest;
      image = images.image-py39-minimal;
    };
    registry = import ./registry.nix {
      inherit runTest ship startRegistry;
      image = images.image-py39-minimal;
    };
    compose = import ./compose.nix {
      inherit
        runTest
        dockerTools
        ship
        services
        ;
      app = exampleApp;
    };
    swarm = import ./swarm.nix {
      inherit runTest ship startRegistry;
      inherit (services) postgres;
      appWith = exampleAppWith;
    };
    kube = import ./kube.nix {
      inherit runTest ship startRegistry;
      inherit (services) postgres;
      image = exampleApp;
    };
    docker-tools = import ./docker-tools.nix {
      inherit runTest bootstrap dockerTools;
      image = images.image-py39-minimal;
    };
    nixos = import ./nixos.nix { inherit runTest; };
    # Its machine is the one that the unit tests of the driver boot.
    machine = runTest {
      name = "machine";
      nodes.machine.packages = [
        (writeScripts "hello" { hello = "#!/bin/sh\necho hello from the store\n"; })
      ];
      testScript = "machine.succeed('hello')";
    };
    # The lock of the template is for newer Pythons, whose pins are not final.
    own-app = import ./own-app/test.nix {
      testers = { inherit runTest; };
      mkAppImage = args: mkAppImage (args // { name = "my-app"; projectDir = ../../runtime; });
      src = ../../templates/new;
    };
  };
in
others
// smokes
// suites
// {
  all = runShell {
    name = "vm-tests-all";
    tests =
      filter (test: !(test.rolling or false)) (attrValues suites)
      ++ attrValues (removeAttrs others [ "variables-py39-slim" ]);
    script = "for test in $tests; do cat $test/subtests; done > $out";
  };
}
