# Tests of an image where a user would run it: in a Docker engine on a machine of its own.
#
# Type: { runTest, pytest } -> { smoke, suite }; what these take stands below
{ runTest, pytest }:
let
  script = image: steps: ''
    image = "${image.imageName}:${image.imageTag}"

    machine.wait_for_engine()
    with subtest("docker load"):
        machine.succeed("docker load < ${image}")
        assert machine.succeed("docker images --format '{{.Repository}}:{{.Tag}}'").split() == [image]

    ${steps}
  '';
  tests = pytest.repositoryWith [
    "pyproject.toml"
    "tests/conftest.py"
    "tests/container"
  ];
  nodes.machine = {
    memorySize = 2048;
    cores = 2;
    diskSize = 4096;
    packages = [ pytest.program ];
  };
in
{
  # Whether the image starts, serves, heeds variables and ends when told to.
  # Type: { name, image } -> derivation
  smoke =
    { name, image }:
    runTest {
      inherit name nodes;
      testScript = script image ''
        with subtest("docker run"):
            machine.succeed(f"docker run --detach --name served --publish 80:80 {image}")
            answer = machine.wait_until_succeeds("curl --fail --silent localhost", timeout=60)
            assert "Hello world! From FastAPI running on Uvicorn with Gunicorn." in answer, answer
            assert "gunicorn -k uvicorn.workers.UvicornWorker" in machine.succeed("docker top served")
            machine.wait_until_succeeds("docker logs served 2>&1 | grep 'GET / HTTP/1.1'")

        with subtest("docker stop"):
            machine.succeed("docker stop served")
            assert machine.succeed("docker inspect --format '{{.State.ExitCode}}' served") == "0\n"

        with subtest("docker run with variables"):
            variables = "--env PORT=8080 --env WEB_CONCURRENCY=1 --env ACCESS_LOG="
            machine.succeed(f"docker run --detach --name varied --publish 80:8080 {variables} {image}")
            machine.wait_until_succeeds("curl --fail --silent localhost", timeout=60)
            assert machine.succeed("docker top varied | grep --count gunicorn") == "2\n"  # the master, a worker
            machine.fail("docker logs varied 2>&1 | grep 'GET / HTTP/1.1'")
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
      inherit name nodes;
      globalTimeout = 3600;
      testScript = script image ''
        with subtest("pytest -m '${marker}'"):
            machine.succeed(
                f"cd ${tests}; TEST_SLOWNESS={slowness} pytest tests/container --color=no --verbose --durations=10"
                f" --image={image} -m '${marker}' >&2",
                timeout=${toString globalTimeout},
            )
      '';
    };
}
