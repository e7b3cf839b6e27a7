{
  dockerTools,
  testers,
  fromImage,
}:
let
  image = dockerTools.buildLayeredImage {
    name = "myapp";
    tag = "latest";
    inherit fromImage;
    contents = [
      (dockerTools.mkTreeLayer {
        name = "myapp";
        trees = [
          {
            path = ./app;
            prefix = "app/app";
          }
        ];
      })
    ];
  };
in
testers.runTest {
  name = "own-app";
  nodes.server = { };
  testScript = ''
    server.wait_for_engine()

    with subtest("the image is loaded and runs"):
        server.succeed("docker load < ${image}")
        server.succeed("docker run --detach --publish 80:80 myapp:latest")

    with subtest("the app answers"):
        server.wait_for_open_port(80)
        server.wait_until_succeeds("curl --fail --silent 'localhost/items/5?q=somequery' | grep somequery")
  '';
}
