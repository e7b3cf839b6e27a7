# The OCI config of an app's image: what every image has, and what is given for this one.
#
# Type: { python, env, configs } -> config, as buildLayeredImage takes it
#   python   of the image
#   env      { <variable> = string or whole number; }
#   configs  [ config ]: each adds to those before it, variables and maps by key; null drops a property
# Example: (config { python = pythons.py313; env = { PORT = 8080; }; configs = [ { User = "1000"; } ]; }).User == "1000"
{
  python,
  env,
  configs,
}:
let
  ofEveryImage = {
    Env = map (name: "${name}=${variables.${name}}") (builtins.attrNames variables);
    Cmd = [ "/start.sh" ];
    WorkingDir = "/app";
    ExposedPorts."80/tcp" = { };
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
  };

  variables = {
    PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
    LANG = "C.UTF-8";
    PYTHON_VERSION = python.version;
    PYTHONPATH = "/app";
    PYTHONUNBUFFERED = "1";
  }
  // builtins.mapAttrs (_: toString) env;

  # What has not its form, buildLayeredImage refuses. Of two variables with one name, it takes the last.
  join =
    name: before: after:
    if builtins.isAttrs before && builtins.isAttrs after then
      before // after
    else if name == "Env" && builtins.isList before && builtins.isList after then
      before ++ after
    else
      after;
  # As in a Dockerfile, an Entrypoint drops the Cmd before it, whose arguments are for another program.
  kept =
    config: more:
    if more.Entrypoint or null == null || more ? Cmd then config else removeAttrs config [ "Cmd" ];
  add =
    config: more:
    kept config more // builtins.mapAttrs (name: value: join name (config.${name} or null) value) more;
in
builtins.foldl' add ofEveryImage configs
