# The command that starts a registry on a machine, at port 5000 and without TLS.
#
# Type: { ship } -> string
{ ship }:
let
  config = builtins.toFile "registry.json" (
    builtins.toJSON {
      version = "0.1";
      storage.filesystem.rootdirectory = "/var/lib/registry";
      http.addr = ":5000";
    }
  );
in
"setsid ${ship.registry}/bin/docker-registry serve ${config} >/var/log/registry 2>&1 </dev/null &"
