{
  mkAppImage,
  testers,
  src,
}:
let
  image = mkAppImage {
    inherit src;
    python = "3.9";
    variant = "minimal";
    healthcheckPath = "/";
  };
in
testers.runTest {
  name = "own-app";
  nodes.server = { };
  testScript = ''
    server.wait_for_engine()

    with subtest("the image is loaded and runs"):
        server.succeed("docker load < ${image}")
        server.succeed("docker run --detach --name app --publish 80:80 my-app:latest")

    with subtest("the app answers"):
        server.wait_for_open_port(80)
        server.wait_until_succeeds("curl --fail --silent localhost | grep World")

    with subtest("and its container is healthy"):
        server.wait_until_succeeds("docker inspect app --format '{{.State.Health.Status}}' | grep -x healthy")
  '';
}
