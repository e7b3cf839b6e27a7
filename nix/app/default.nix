# A project → the image of its app.
#
# Type: { target, systems, platforms, python, pins, poetry2nix, buildProject, mkPythonEnv, layersOf, dockerTools,
#         attestations }
#       -> mkAppImage
{
  target,
  systems,
  platforms,
  python,
  pins,
  poetry2nix,
  buildProject,
  mkPythonEnv,
  layersOf,
  dockerTools,
  attestations,
}:
let
  inherit (import ../pyproject/strings.nix) splitOn;
  appFiles = import ./app-files.nix;
  configOf = import ./config.nix;
  projectOf = import ./project.nix;
  serverWheels = import ./server-wheels.nix { inherit poetry2nix; };
  variants = import ./variants.nix;

  inherit (python) pythons;
  pythonOf = version: pythons."py${builtins.replaceStrings [ "." ] [ "" ] version}";

  arguments = import ./arguments.nix {
    versions = map (python: python.minor) (builtins.attrValues pythons);
    variants = builtins.attrNames variants;
  };

  optional = condition: value: if condition then [ value ] else [ ];

  # Which file with the app there ought to be, in words; null if there is one, or it may be in the environment.
  # Type: (name -> bool) -> app -> string or null
  missingApp =
    has: app:
    let
      module = builtins.head (splitOn ":" app);
      path = builtins.replaceStrings [ "." ] [ "/" ] module;
      folder = builtins.head (splitOn "\\." module);
      isThere = builtins.any has;
    in
    if app == null then
      # Where /start.sh looks for it.
      if isThere [ "app/main.py" "main.py" ] then null else "no app/main.py and no main.py"
    else if !has folder || isThere [ "${path}.py" "${path}/__init__.py" ] then
      null
    else
      "no ${path}.py";
in
# The image of a project: its code, on its own environment, which takes the place of the one that the images of this
# flake have.
#
# Type: { src, projectDir ? src, name ? …, tag ? "latest", python ? "3.13", variant ? "slim", app ? null,
#         install ? …, files ? null, lock ? …, groups ? …, extras ? …, wheels ? …, package ? …,
#         debian ? [ ], certificates ? [ ], env ? { }, config ? { }, prestart ? null, healthcheckPath ? null,
#         compressor ? null }
#       -> image of dockerTools
#   src              the project's folder
#   projectDir       the folder with pyproject.toml and the lock, if that is another
#   name, tag        of the image; by default, it is called as the project
#   python           one of this flake, such as "3.13"
#   variant          "full", "slim" or "minimal"
#   app              what is served, such as "shop.main:app" (APP_MODULE); null: what /start.sh finds
#   install          whether the project is built into a wheel and installed; by default, if project.nix finds it laid
#                    out so
#   files            of app-files.nix
#   lock, groups, extras, wheels, package   of mkPythonEnv
#   debian           names of Debian packages, which `update` resolves into debian.lock.json in projectDir
#   certificates     [ file ]: authorities that the image trusts, in PEM form
#   env              { <variable> = string or whole number; }
#   config           of buildLayeredImage; it adds to the config that every image has
#   prestart         a file that becomes /app/prestart.sh
#   healthcheckPath  such as "/health" (HEALTHCHECK_PATH)
#   compressor       of buildLayeredImage
# The result also has the attributes
#   python       of the python stage
#   suite        Debian's code name, such as "trixie"
#   final        whether the pins of its Debian packages are; and
#   rolling      whether they change every day
#   environment  of mkPythonEnv, with what /start.sh needs
#   debian       what `update` reads (nix/pins/additions.nix)
#   amd64, arm64  the image for that platform, whatever the build machine is
#   index        an OCI image layout with an image index of both (mergePlatforms)
#   sbom, cyclonedx, provenance  of attestations.attest
#   shipment     of attestations.shipmentOf; `index` has one, too
# Throws for an argument of another form, where there is no app to serve, and as mkPythonEnv does.
# Example: mkAppImage { src = ./.; variant = "minimal"; env.LOG_LEVEL = "warning"; }
arguments (
  {
    src,
    projectDir ? src,
    name ? (projectOf projectDir).name,
    tag ? "latest",
    python ? "3.13",
    variant ? "slim",
    app ? null,
    install ? builtins.pathExists (src + "/pyproject.toml") && (projectOf src).isPackage,
    files ? null,
    env ? { },
    config ? { },
    prestart ? null,
    healthcheckPath ? null,
    debian ? [ ],
    certificates ? [ ],
    compressor ? null,
    ...
  }@args:
  let
    appOf = appFiles {
      inherit src files install;
      without = optional (prestart != null) "prestart.sh";
    };
    missing = missingApp appOf.has app;

    thisPython = pythonOf python;
    inherit (layersOf thisPython) layers additions runtime mkLayer;
    variantOf = variants.${variant};
    lock = pins.${thisPython.pins};

    locked = mkPythonEnv (
      builtins.intersectAttrs {
        lock = null;
        groups = null;
        extras = null;
        wheels = null;
        package = null;
      } args
      // {
        inherit projectDir;
        python = thisPython;
        withLocal = false;
      }
    );
    environment = locked.withWheels (serverWheels thisPython);

    # What changes as often as the code: what the lock has beside the project, and the project itself if it is installed.
    own =
      map (package: {
        project = package.name;
        path = package.wheel;
      }) locked.local
      ++ optional install rec {
        project = (projectOf src).name;
        path = buildProject {
          inherit src;
          python = thisPython;
          name = project;
        };
      };

    debianLayers = map (name: layers.${name}) variantOf.over ++ optional (added.layer != null) added.layer;
    added = additions {
      inherit variant certificates;
      packages = debian;
      lockFile = projectDir + "/debian.lock.json";
    };

    ownEnvironment = optional (own != [ ]) (environment.above own);
    appLayer = mkLayer {
      name = "app";
      envs = ownEnvironment;
      trees = [
        appOf.tree
      ]
      ++ optional (prestart != null) {
        path = prestart;
        prefix = "app/prestart.sh";
      };
    };

    variables = {
      ${if app == null then null else "APP_MODULE"} = app;
      ${if healthcheckPath == null then null else "HEALTHCHECK_PATH"} = healthcheckPath;
    }
    # Those libraries that bring a bundle of their own, as certifi does, heed these.
    // (
      if certificates == [ ] then
        { }
      else
        {
          SSL_CERT_FILE = bundle;
          REQUESTS_CA_BUNDLE = bundle;
        }
    );
    bundle = "/etc/ssl/certs/ca-certificates.crt";

    inherit (systems.${target}.oci) architecture;
    created = dockerTools.rfc3339 lock.created;

    image = dockerTools.buildLayeredImage {
      inherit
        name
        tag
        architecture
        compressor
        created
        ;
      # They are made for each other: none has to be made anew to follow the links of those below it.
      contents = map (layer: removeAttrs layer [ "over" ]) (
        debianLayers
        ++ [
          (mkLayer {
            name = "environment";
            envs = [ environment ];
          })
          runtime
          appLayer
        ]
      );
      config = configOf {
        python = thisPython;
        env = variables // env;
        configs = [
          (variantOf.config or { })
          config
        ];
      };
    };

    ofPlatforms = builtins.mapAttrs (
      platform: set: if platform == architecture then result else set.mkAppImage args
    ) platforms;

    attested =
      image
      // attestations.attest {
        inherit image architecture;
        debian = debianLayers;
        wheels = builtins.concatMap (env: env.wheels) ([ environment ] ++ ownEnvironment);
        layers = [
          runtime
          appLayer
        ];
      };
    date = builtins.substring 0 10 created;

    index =
      let
        images = builtins.attrValues ofPlatforms;
        merged = dockerTools.mergePlatforms images;
        attestationsOfAll = builtins.concatMap (image: image.attestations) images;
      in
      merged
      // {
        shipment = attestations.shipmentOf {
          image = merged;
          images = [ (merged // { attestations = attestationsOfAll; }) ] ++ images;
          inherit date;
        };
      };

    result =
      attested
      // ofPlatforms
      // {
        shipment = attestations.shipmentOf {
          inherit image date;
          images = [ attested ];
        };
        inherit index;
        python = thisPython;
        inherit (lock) suite final rolling;
        inherit environment;
        debian = added.request;
      };
  in
  if missing != null then
    throw "mkAppImage: ${name}: there is ${missing} among the files that git tracks; git add it, or say what to serve: app = \"MODULE:app\""
  else
    result
)
