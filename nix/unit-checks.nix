# The tests of each stage, in the folder of its name, with the files that they read.
#
# Type: { bootstrap, python, builderModules, images, ship, pytest, vm-tests } -> { <stage> = derivation; }
{
  bootstrap,
  python,
  builderModules,
  images,
  ship,
  pytest,
  vm-tests,
}:
builtins.mapAttrs
  (
    name: args:
    pytest.run (
      args
      // {
        name = "check-${name}";
        folder = "tests/${name}";
      }
    )
  )
  {
    app = {
      sources = [
        "LICENSE"
        "nix"
        "runtime"
        "templates"
      ];
      withNix = true;
    };
    attestations = {
      sources = [
        "nix/attestations"
        "nix/bootstrap"
        "nix/debian"
        "nix/docker-tools"
        "nix/layer"
        "nix/pyproject"
        "tests/docker_tools/image_spec.py"
        "tests/pyproject/made_up_wheel.py"
      ];
      groups = [ "sbom" ];
    };
    bootstrap.sources = [
      "nix/bootstrap"
      "tests/debian/packages.py"
    ];
    debian.sources = [
      "nix/debian"
      "nix/layer"
    ];
    docker_tools = {
      sources = [
        "nix/argument-forms.nix"
        "nix/bootstrap"
        "nix/docker-tools"
        "nix/layer"
        "nix/pyproject/strings.nix"
        "nix/systems.nix"
      ];
      withNix = true;
      LIBZSTD = bootstrap.libzstd;
    };
    # The documents speak of all that is in the repository.
    docs = {
      sources = [
        ".ci"
        "CHANGELOG.md"
        "CONTRIBUTING.md"
        "LICENSE"
        "README.md"
        "SECURITY.md"
        "docs"
        "examples"
        "flake.nix"
        "nix"
        "runtime"
        "scripts"
        "setup"
        "templates"
        "tests"
      ];
      withNix = true;
    };
    examples = {
      sources = [
        "examples"
        "runtime/healthcheck"
      ];
      groups = [ "examples" ];
      KUBECTL = "${ship.kubectl}/bin/kubectl";
      QUADLET = "${ship.quadlet}/bin/quadlet";
    };
    fetch.sources = [
      "nix/app/new"
      "nix/fetch"
      "templates/new"
    ];
    image_hooks = {
      sources = [ "runtime" ];
      withRuntime = true;
    };
    layer = {
      sources = [
        "nix/argument-forms.nix"
        "nix/layer"
        "nix/pyproject/strings.nix"
      ];
      withNix = true;
    };
    nix = {
      sources = [
        "LICENSE"
        "nix"
        "runtime"
        "tests/vm"
      ];
      withNix = true;
    };
    pins = {
      sources = [
        "nix/fetch"
        "nix/pins"
      ];
      withNix = true;
    };
    poetry2nix = {
      sources = [
        "nix/poetry2nix"
        "nix/pyproject"
        "nix/systems.nix"
        "runtime/poetry.lock"
        "runtime/pyproject.toml"
        "tests/made_up_index.py"
        "tests/poetry.lock"
        "tests/pyproject.toml"
        "tests/pyproject/made_up_toml.py"
      ];
      withNix = true;
    };
    pyproject = {
      sources = [
        "nix/pylock2nix"
        "nix/pyproject"
        "nix/systems.nix"
      ];
      withNix = true;
      BACKENDS = builderModules ./pyproject/backends [ "main" ];
      EU_STRIP = "${bootstrap.strip}/bin/eu-strip";
      CASES = builtins.toFile "cases.json" (builtins.toJSON (import ../tests/pyproject/cases));
    };
    python = {
      sources = [ "nix/python" ];
      PYTHON39 = "${python.pythons.py39.hostPython}/bin/python3";
    };
    runtime = {
      sources = [ "runtime" ];
      withRuntime = true;
    };
    scripts.sources = [ "scripts" ];
    setup.sources = [ "setup" ];
    ship = {
      sources = [
        "nix/attestations"
        "nix/docker-tools"
        "nix/fetch"
        "nix/layer"
        "nix/ship"
        "tests/docker_tools/image_spec.py"
      ];
      PUSH = "${ship.push}/bin/push";
      VERIFY = "${ship.verify}/bin/verify";
      COSIGN = "${ship.tools}/bin/cosign";
      ORAS = "${ship.tools}/bin/oras";
      REGISTRY = "${ship.registry}/bin/docker-registry";
      LIBZSTD = bootstrap.libzstd;
      LOAD = "${
        ship.mkLoad {
          image = images.image-py39-minimal;
          source = ../tests/ship/flake;
        }
      }/bin/load";
      ARCHIVE = images.image-py39-minimal;
    };
    testers = {
      sources = [
        "nix/argument-forms.nix"
        "nix/pyproject/strings.nix"
        "nix/testers"
      ];
      withNix = true;
      MACHINE = vm-tests.machine.spec;
    };
    uv2nix = {
      sources = [
        "nix/pylock2nix"
        "nix/pyproject"
        "nix/python-env.nix"
        "nix/systems.nix"
        "nix/uv2nix"
        "tests/made_up_index.py"
        "tests/poetry2nix/made_up_lock.py"
        "tests/pyproject/made_up_toml.py"
      ];
      withNix = true;
    };
  }
