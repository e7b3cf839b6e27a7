# Stand-ins for the images `nginx` and `postgres` of Docker's official images, made of Debian's packages, with as much
# of what these take as the examples use.
#
# Type: { target, systems, pins, debian, dockerTools } -> { nginx, postgres }, images of dockerTools
{
  target,
  systems,
  pins,
  debian,
  dockerTools,
}:
let
  lock = pins.vm;
  layer = debian.mkDebianLayer {
    name = "services";
    inherit (lock) suite;
    system = target;
    debs = lock.layers.${systems.${target}.debian}.services;
    mtime = lock.created;
    links."usr/bin/sh" = "busybox";
    # Among what is left out is a quarter of the layer, which PostgreSQL has for LLVM alone.
    exclude = [
      "usr/lib/postgresql/15/lib/bitcode/*"
      "usr/share/doc/*"
      "usr/share/locale/*"
      "usr/share/man/*"
    ];
  };
  image =
    name: tag: args:
    dockerTools.buildLayeredImage (
      {
        inherit name tag;
        contents = [ layer ];
      }
      // args
    );

  programs = "/usr/lib/postgresql/15/bin";
  data = "/var/lib/postgresql/data";
  # Makes the database that the variables describe, once, and serves it.
  start = builtins.toFile "start-postgres" ''
    set -eu
    if [ ! -s ${data}/PG_VERSION ]; then
        initdb --pgdata ${data} --locale C --encoding UTF8 --auth-local trust --auth-host scram-sha-256 \
            --username "$POSTGRES_USER" --pwfile "$POSTGRES_PASSWORD_FILE"
        echo "host all all all scram-sha-256" >>${data}/pg_hba.conf
        echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D ${data} postgres
    fi
    exec postgres -D ${data} -c listen_addresses='*' -c unix_socket_directories=/tmp
  '';
in
{
  nginx = image "nginx" "stable" {
    config.Cmd = [
      "nginx"
      "-g"
      "daemon off;"
    ];
  };

  postgres = image "postgres" "15" {
    # initdb refuses root, and wants the user to have a name: this one is always in Debian's /etc/passwd.
    config = {
      User = "daemon";
      Env = [ "PATH=${programs}:/usr/bin" ];
      Cmd = [
        "sh"
        "${start}"
      ];
    };
    fakeRootCommands = "mkdir -p -m 700 .${data}; chown 1:1 .${data}; mkdir -m 1777 tmp";
  };
}
