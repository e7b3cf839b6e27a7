# A client reaches the published port of a container on another machine, while and only while it has the network.
#
# Type: { runTest, image } -> derivation
{ runTest, image }:
runTest {
  name = "network";
  nodes = {
    server = { };
    client.memorySize = 512;
  };
  testScript =
    { nodes }:
    ''
      start_all()
      server.wait_for_engine()

      with subtest("a published port is reached by the machine's name"):
          server.succeed("docker load < ${image}")
          server.succeed("docker run --detach --name served --publish 80:80 ${image.imageName}:${image.imageTag}")
          server.wait_for_open_port(80)
          client.wait_for_open_port(80, addr="server")
          client.wait_until_succeeds("curl --fail --silent http://server/ | grep 'Hello world'")

      with subtest("without the network"):
          client.block()
          client.fail("curl --fail --silent --max-time 2 http://server/")
          server.succeed("curl --fail --silent localhost")

      with subtest("with the network again"):
          client.unblock()
          client.wait_until_succeeds("curl --fail --silent --max-time 2 http://server/")
          server.succeed("docker kill served")
          client.wait_for_closed_port(80, addr="server", timeout=60)
    '';
}
