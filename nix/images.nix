# The matrix: what each image holds, and its OCI config.
#
# Type: { layersOf (layers.nix), buildLayeredImage } -> { image-py39, image-py39-slim, image-py39-minimal, image-py311, … }
{ layersOf, buildLayeredImage }:
let
  pythons = {
    py39 = {
      minor = "3.9";
      suite = "bullseye";
    };
    py311 = {
      minor = "3.11";
      suite = "bookworm";
    };
    py313 = {
      minor = "3.13";
      suite = "trixie";
    };
  };

  slim =
    layers: with layers; [
      base
      interpreter
      env
      runtime
    ];

  # What each variant stacks, lowest first, and its own part of the config.
  variants = {
    "".contents = layers: slim layers ++ [ layers.tools ];
    "-slim".contents = slim;
    "-minimal" = {
      contents =
        layers: with layers; [
          minimal
          envMinimal
          runtime
        ];
      # Debian's nobody, by number, since Kubernetes wants to see that it is not root.
      config.User = "65534:65534";
    };
  };

  # Docker's extension of the config. Swarm sends no request to a container before its first good check, hence the
  # short intervals; the one at start is for engines since Docker 25. Swarm also replaces an unhealthy container: so a
  # failure before the first good check counts only after an hour, which a prestart script may need for a migration.
  healthcheck =
    let
      seconds = number: number * 1000000000;
    in
    {
      Test = [
        "CMD"
        "/usr/local/bin/healthcheck"
      ];
      Interval = seconds 10;
      # The check gives up after 5; more is for starting Python on a machine under load.
      Timeout = seconds 10;
      StartPeriod = seconds 3600;
      StartInterval = seconds 2;
      Retries = 3;
    };

  mkImage =
    layers: suffix:
    {
      contents,
      config ? { },
    }:
    buildLayeredImage {
      name = "uvicorn-gunicorn-fastapi";
      tag = "python${layers.python.minor}${suffix}";
      created = import ./rfc3339.nix layers.created;
      contents = contents layers;
      config = {
        Env = [
          "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
          "LANG=C.UTF-8"
          "PYTHON_VERSION=${layers.python.version}"
          "PYTHONPATH=/app"
          "PYTHONUNBUFFERED=1"
        ];
        Cmd = [ "/start.sh" ];
        Healthcheck = healthcheck;
        WorkingDir = "/app";
        ExposedPorts."80/tcp" = { };
        Labels = {
          "org.opencontainers.image.title" = "uvicorn-gunicorn-fastapi";
          "org.opencontainers.image.description" = "FastAPI served by Uvicorn workers that Gunicorn manages";
          "org.opencontainers.image.licenses" = "MIT";
        };
      }
      // config;
    };

  imagesOf =
    name:
    let
      layers = layersOf pythons.${name};
    in
    map (suffix: {
      name = "image-${name}${suffix}";
      value = mkImage layers suffix variants.${suffix};
    }) (builtins.attrNames variants);
in
builtins.listToAttrs (builtins.concatMap imagesOf (builtins.attrNames pythons))
