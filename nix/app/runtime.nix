# The layer of the start scripts, Gunicorn's configuration and its hooks.
#
# Type: { layer } -> { python, mtime } -> layer
#   python  of an image; its bytecode of the hooks is in the layer
#   mtime   of every file, seconds since 1970
{ layer }:
{ python, mtime }:
let
  source = name: prefix: {
    path = ../../runtime + "/${name}";
    inherit prefix;
  };
  sitePackages = "usr/local/lib/python${python.minor}/site-packages";
  modules = [
    (source "image_hooks" "${sitePackages}/image_hooks")
    (source "site-packages" sitePackages)
  ];
in
layer.mkTreeLayer {
  name = "runtime";
  inherit mtime;
  trees =
    map (name: source name name) [
      "gunicorn_conf.py"
      "start-common.sh"
      "start-reload-logs.json"
      "start-reload.sh"
      "start.sh"
      "start_init.py"
    ]
    ++ modules
    ++ [
      (source "healthcheck" "usr/local/bin/healthcheck")
      {
        # Where Debian has the licence of each package.
        path = ../../LICENSE;
        prefix = "usr/share/doc/uvicorn-gunicorn-fastapi/copyright";
      }
      {
        path = python.bytecode {
          name = "${python.pins}-runtime-bytecode";
          trees = modules;
        };
        prefix = "";
      }
    ];
}
