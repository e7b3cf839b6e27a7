# The tests that run in virtual machines.
#
# Type: { bootstrap, testers, dockerTools, images, pytest }
#       -> { smoke-<image>, suite-<image>, variables-py39-slim, restart, network, own-app, machine, all }
#   smoke-<image>        whether the image starts and serves, for each image: smoke-py39-slim, …
#   suite-<image>        the container suite on the image, for each image
#   variables-py39-slim  those tests of the suite that know every variable, on one image
#   restart              a container serves again after a reboot of its machine
#   network              a client on another machine reaches a container
#   own-app              an image of one's own is built, and serves
#   machine              a machine that does next to nothing
#   all                  a derivation of every suite-<image>, and of the tests that no suite holds
{
  bootstrap,
  testers,
  dockerTools,
  images,
  pytest,
}:
let
  inherit (bootstrap) runShell writeScripts;
  inherit (testers) runTest;
  inherit (import ./image.nix { inherit runTest pytest; }) smoke suite;

  # A test for each image: "<prefix>-py39-slim" for the image "image-py39-slim".
  # Type: prefix -> ({ name, image } -> derivation) -> { <prefix>-<image> = derivation; }
  ofEachImage =
    prefix: test:
    builtins.listToAttrs (
      map (
        image:
        let
          name = "${prefix}${builtins.substring 5 (-1) image}";
        in
        {
          inherit name;
          value = test {
            inherit name;
            image = images.${image};
          };
        }
      ) (builtins.attrNames images)
    );

  suites = ofEachImage "suite" suite;

  others = {
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
    # Its machine is the one that the unit tests of the driver boot.
    machine = runTest {
      name = "machine";
      nodes.machine.packages = [
        (writeScripts "hello" { hello = "#!/bin/sh\necho hello from the store\n"; })
      ];
      testScript = "machine.succeed('hello')";
    };
    own-app = import ./own-app/test.nix {
      inherit dockerTools testers;
      fromImage = images.image-py39-minimal;
    };
  };
in
others
// suites
// ofEachImage "smoke" smoke
// {
  all = runShell {
    name = "vm-tests-all";
    tests = builtins.attrValues (suites // removeAttrs others [ "variables-py39-slim" ]);
    script = "for test in $tests; do cat $test/subtests; done > $out";
  };
}
