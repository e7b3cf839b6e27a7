# The tests that run in virtual machines.
#
# Type: { bootstrap, testers, dockerTools, images, pytest }
#       -> { smoke-<image>, suite-<image>, variables-py39-slim, restart, …, all }
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

  # One test of each image: "image-py39-slim" gives "<prefix>-py39-slim".
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
    # The machine that the driver's unit tests boot.
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
  # The whole container suite on every image, and what no image's suite has.
  all = runShell {
    name = "vm-tests-all";
    tests = builtins.attrValues (suites // removeAttrs others [ "variables-py39-slim" ]);
    script = "for test in $tests; do cat $test/subtests; done > $out";
  };
}
