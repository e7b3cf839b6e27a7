# A project → the image of its app.
#
# Type: { python, pins, poetry2nix, mkPythonEnv, layersOf, dockerTools } -> mkAppImage
{
  python,
  pins,
  poetry2nix,
  mkPythonEnv,
  layersOf,
  dockerTools,
}:
let
  appFiles = import ./app-files.nix;
  configOf = import ./config.nix;
  projectName = import ./project-name.nix;
  serverWheels = import ./server-wheels.nix { inherit poetry2nix; };
  variants = import ./variants.nix;

  inherit (python) pythons;
  pythonOf = version: pythons."py${builtins.replaceStrings [ "." ] [ "" ] version}";

  arguments = import ./arguments.nix {
    versions = map (python: python.minor) (builtins.attrValues pythons);
    variants = builtins.attrNames variants;
  };

  # Where /start.sh looks for the app.
  found = [
    "app/main.py"
    "main.py"
  ];
in
# The image of a project: its code, on its own environment, which takes the place of the one that the images of this
# flake have.
#
# Type: { src, projectDir ? src, name ? …, tag ? "latest", python ? "3.13", variant ? "slim", app ? null, files ? null,
#         groups ? …, extras ? …, wheels ? …, package ? …, env ? { }, config ? { }, prestart ? null,
#         healthcheckPath ? null } -> image of dockerTools
#   src              the project's folder
#   projectDir       the folder with pyproject.toml and the lock, if that is another
#   name, tag        of the image; by default, it is called as the project
#   python           one of this flake, such as "3.13"
#   variant          "full", "slim" or "minimal"
#   app              what is served, such as "shop.main:app" (APP_MODULE); null: what /start.sh finds
#   files            of app-files.nix
#   groups, extras, wheels, package   of mkPythonEnv
#   env              { <variable> = string or whole number; }
#   config           of buildLayeredImage; it adds to the config that every image has
#   prestart         a file that becomes /app/prestart.sh
#   healthcheckPath  such as "/health" (HEALTHCHECK_PATH)
# The result also has the attributes
#   python       of the python stage
#   final        whether the pins of its Debian packages are
#   environment  of mkPythonEnv, with what /start.sh needs
# Throws for an argument of another form, where there is no app to serve, and as mkPythonEnv does.
# Example: mkAppImage { src = ./.; variant = "minimal"; env.LOG_LEVEL = "warning"; }
arguments (
  {
    src,
    projectDir ? src,
    name ? projectName projectDir,
    tag ? "latest",
    python ? "3.13",
    variant ? "slim",
    app ? null,
    files ? null,
    env ? { },
    config ? { },
    prestart ? null,
    healthcheckPath ? null,
    ...
  }@args:
  let
    appOf = appFiles { inherit src files; };

    thisPython = pythonOf python;
    layers = layersOf thisPython;
    variantOf = variants.${variant};
    lock = pins.${thisPython.pins};

    environment = (mkPythonEnv (
      builtins.intersectAttrs {
        groups = null;
        extras = null;
        wheels = null;
        package = null;
      } args
      // {
        inherit projectDir;
        python = thisPython;
      }
    )).withWheels (serverWheels thisPython);

    appLayer = layers.mkLayer {
      name = "app";
      trees = [
        appOf.tree
      ]
      ++ (
        if prestart == null then
          [ ]
        else
          [
            {
              path = prestart;
              prefix = "app/prestart.sh";
            }
          ]
      );
    };

    variables = {
      ${if app == null then null else "APP_MODULE"} = app;
      ${if healthcheckPath == null then null else "HEALTHCHECK_PATH"} = healthcheckPath;
    };

    image = dockerTools.buildLayeredImage {
      inherit name tag;
      created = dockerTools.rfc3339 lock.created;
      contents = variantOf.layers layers ++ [
        (layers.mkLayer {
          name = "environment";
          envs = [ environment ];
        })
        layers.runtime
        appLayer
      ];
      config = configOf {
        python = thisPython;
        env = variables // env;
        configs = [
          (variantOf.config or { })
          config
        ];
      };
    };
  in
  if app == null && !builtins.any appOf.has found then
    throw "mkAppImage: ${name}: there is no ${builtins.concatStringsSep " and no " found} among the files that git tracks; git add it, or say what to serve: app = \"MODULE:app\""
  else
    image
    // {
      python = thisPython;
      inherit (lock) final;
      inherit environment;
    }
)
