# The OCI config that all images have.
#
# Type: { python, created, revision } -> config, as buildLayeredImage takes it
#   created   the date of the image (RFC 3339)
#   revision  the commit of the source that the image is made of, or null
{
  python,
  created,
  revision,
}:
{
  Env = [
    "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    "LANG=C.UTF-8"
    "PYTHON_VERSION=${python.version}"
    "PYTHONPATH=/app"
    "PYTHONUNBUFFERED=1"
  ];
  Cmd = [ "/start.sh" ];
  WorkingDir = "/app";
  ExposedPorts."80/tcp" = { };
  # There is no expression of licences: a Debian has hundreds, which /usr/share/doc/*/copyright tells of each package.
  Labels = {
    "org.opencontainers.image.title" = "uvicorn-gunicorn-fastapi";
    "org.opencontainers.image.description" = "FastAPI served by Uvicorn workers that Gunicorn manages";
    # An image of this name is newer than another by its packages alone, so it is called by their date.
    "org.opencontainers.image.version" = builtins.substring 0 10 created;
  }
  // (if revision == null then { } else { "org.opencontainers.image.revision" = revision; });

  # Docker's extension of the config.
  Healthcheck =
    let
      seconds = number: number * 1000000000;
    in
    {
      Test = [
        "CMD"
        "/usr/local/bin/healthcheck"
      ];
      # Swarm sends no request to a container before its first good check, so the intervals are short. The one at start
      # is for engines since Docker 25.
      Interval = seconds 10;
      StartInterval = seconds 2;
      # The check itself gives up after 5 seconds; the rest is for starting Python on a machine under load.
      Timeout = seconds 10;
      # Swarm replaces an unhealthy container. So a failure before the first good check counts only after an hour, which a
      # prestart script may need for a migration.
      StartPeriod = seconds 3600;
      Retries = 3;
    };
}
