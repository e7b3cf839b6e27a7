# The example for one server: it comes up, serves clients through its proxy, and does so again after a power cut.
#
# Type: { runTest, dockerTools, ship, services, app } -> derivation
#   services  of services.nix
#   app       the image of examples/app
{
  runTest,
  dockerTools,
  ship,
  services,
  app,
}:
let
  images = dockerTools.mergeImages [
    app
    services.nginx
    services.postgres
  ];
in
runTest {
  name = "compose";
  nodes = {
    server = {
      # More than the limit of the example, so that its workers show which of the two they follow.
      cores = 3;
      memorySize = 2048;
      diskSize = 4096;
      packages = [ ship.compose ];
      files."srv/my-app".source = ../../examples/compose;
    };
    client.memorySize = 512;
  };
  testScript =
    { nodes }:
    ''
      import json

      # An emulated machine may need longer for a health check than a healthy server does elsewhere.
      slow = {"healthcheck": {"timeout": f"{30 * slowness}s"}}
      override = json.dumps({"services": {"app": slow, "database": slow}})
      compose = "docker-compose --progress quiet --file compose.yaml --file /root/override.yaml"
      address = "${nodes.client.networking.primaryIPAddress}"
      ask = "curl --fail --silent --show-error --cacert /root/tls.crt"

      start_all()
      server.wait_for_engine()
      with subtest("it comes up, and all of it is healthy"):
          server.succeed("docker load < ${images}")
          server.succeed(
              "cd /srv/my-app; mkdir --mode 700 secrets; openssl rand -hex 16 > secrets/database_password",
              "cd /srv/my-app/secrets; openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.crt"
              " -subj /CN=server -addext subjectAltName=DNS:server",
              f"echo '{override}' > /root/override.yaml; cd /srv/my-app; {compose} up --detach --wait",
          )
          certificate = server.succeed("cat /srv/my-app/secrets/tls.crt")
          client.succeed(f"echo '{certificate}' > /root/tls.crt")

      with subtest("it is asked by TLS alone"):
          moved = client.succeed("curl --silent --output /dev/null --write-out '%{redirect_url}' http://server/api/notes")
          assert moved == "https://server/api/notes", moved

      with subtest("the app sees the client's address, whatever a client claims, and where it is"):
          seen = json.loads(client.succeed(f"{ask} --header 'X-Forwarded-For: 192.0.2.1' https://server/api/"))
          assert seen == {"client": address, "url": "https://server/api/"}, seen
          client.succeed(f"{ask} https://server/api/docs | grep /api/openapi.json")

      with subtest("the database is migrated"):
          client.succeed(f"{ask} --json '{{\"text\": \"kept\"}}' https://server/api/notes")
          kept = f"{ask} https://server/api/notes | grep kept"
          client.succeed(kept)

      with subtest("there are as many workers as the limit allows to run at once"):
          limit = server.succeed(f"cd /srv/my-app; {compose} config | grep -oP '(?<=cpus: ).*'")
          processes = server.succeed("docker top my-app-app-1 | grep --count gunicorn")
          assert int(processes) == 1 + int(limit), (processes, limit)

      with subtest("after a power cut, it serves what it had"):
          server.crash()
          server.start()
          client.wait_until_succeeds(kept)
    '';
}
