# Tests of an image where a user would run it: in a Docker engine on a machine of its own.
#
# Type: { runTest, pytest } -> { smoke, suite }; what these take stands below
{ runTest, pytest }:
let
  tests = pytest.repositoryWith [
    "nix/docker-tools"
    "nix/layer"
    "nix/ship"
    "pyproject.toml"
    "tests/conftest.py"
    "tests/container"
  ];
  machine = {
    memorySize = 2048;
    diskSize = 4096;
  };

  reference = image: "${image.imageName}:${image.imageTag}";
in
{
  # Whether these images start, serve, heed variables and end when told to. Layers that they share are loaded once.
  # Type: { name, images } -> derivation
  #   images  [ image ]
  smoke =
    { name, images }:
    runTest {
      inherit name;
      nodes = { inherit machine; };
      testScript = ''
        machine.wait_for_engine()
        for archive, image in ${builtins.toJSON (map (image: [ "${image}" (reference image) ]) images)}:
            with subtest(f"{image}: docker load"):
                machine.succeed(f"docker load < {archive}")
                assert image in machine.succeed("docker images --format '{{.Repository}}:{{.Tag}}'").split()

            with subtest(f"{image}: docker run"):
                served = machine.succeed(f"docker run --detach --publish 80:80 {image}").strip()
                answer = machine.wait_until_succeeds("curl --fail --silent localhost", timeout=60)
                assert "Hello world! From FastAPI running on Uvicorn with Gunicorn." in answer, answer
                assert "gunicorn -k uvicorn.workers.UvicornWorker" in machine.succeed(f"docker top {served}")
                machine.wait_until_succeeds(f"docker logs {served} 2>&1 | grep 'GET / HTTP/1.1'")

            with subtest(f"{image}: docker stop"):
                machine.succeed(f"docker stop {served}")
                assert machine.succeed(f"docker inspect --format '{{{{.State.ExitCode}}}}' {served}") == "0\n"

            with subtest(f"{image}: docker run with variables"):
                variables = "--env PORT=8080 --env WEB_CONCURRENCY=1 --env ACCESS_LOG="
                varied = machine.succeed(f"docker run --detach --publish 80:8080 {variables} {image}").strip()
                machine.wait_until_succeeds("curl --fail --silent localhost", timeout=60)
                assert machine.succeed(f"docker top {varied} | grep --count gunicorn") == "2\n"  # the master, a worker
                machine.fail(f"docker logs {varied} 2>&1 | grep 'GET / HTTP/1.1'")
                machine.succeed(f"docker rm --force {varied}")
      '';
    };

  # The container suite (tests/container) on the image, or a part of it.
  # Type: { name, image, marker ? "not network" } -> derivation
  #   marker  an expression of pytest's option -m, which chooses the tests
  suite =
    {
      name,
      image,
      marker ? "not network",
    }:
    runTest rec {
      inherit name;
      nodes.machine = machine // {
        packages = [ pytest.program ];
      };
      globalTimeout = 3600;
      testScript = ''
        machine.wait_for_engine()
        machine.succeed("docker load < ${image}")
        with subtest("pytest -m '${marker}'"):
            machine.succeed(
                f"cd ${tests}; TEST_SLOWNESS={slowness} pytest tests/container --color=no --verbose --durations=10"
                f" --image=${reference image} -m '${marker}' >&2",
                timeout=${toString globalTimeout},
            )
      '';
    };
}
