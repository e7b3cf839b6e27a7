# An image that one machine pushes to a registry on another is pulled there by its digest, and serves.
#
# Type: { runTest, ship, startRegistry, image } -> derivation
#   startRegistry  of start-registry.nix
{
  runTest,
  ship,
  startRegistry,
  image,
}:
runTest {
  name = "registry";
  nodes = {
    registry.memorySize = 2048;
    client = {
      memorySize = 1024;
      packages = [
        ship.push
        ship.verify
      ];
    };
  };
  testScript =
    { nodes }:
    ''
      start_all()
      registry.succeed("${startRegistry}")
      registry.wait_for_open_port(5000)
      client.wait_for_open_port(5000, addr="registry")

      with subtest("an index is pushed, and is the one that the build foretold"):
          push = "push --plain-http --shipment=${image.index.shipment} registry:5000/team/app:1.0"
          pushed = client.succeed(push).strip()
          foretold = open("${image.index.digest}").read().strip()
          assert pushed == f"registry:5000/team/app@{foretold}", pushed

      with subtest("it is the same there"):
          assert "the same as" in client.succeed(f"verify --plain-http --shipment=${image.index.shipment} {pushed}")

      with subtest("an engine gets the image for its platform, and for the one that it asks for"):
          registry.wait_for_engine()
          local = f"localhost:5000/team/app@{foretold}"
          for option, architecture in {"--platform linux/arm64": "arm64", "": "amd64"}.items():
              registry.succeed(f"docker pull --quiet {option} {local}")
              shown = registry.succeed(f"docker image inspect --format '{{{{.Architecture}}}}' {local}")
              assert shown.strip() == architecture, shown
              if option:
                  registry.succeed(f"docker image rm {local}")  # an engine keeps one of them under a digest

      with subtest("it serves"):
          registry.succeed(f"docker run --detach --publish 80:8080 --env PORT=8080 {local}")
          registry.wait_until_succeeds("curl --fail --silent localhost | grep 'Hello world'")
    '';
}
