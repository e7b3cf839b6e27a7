# The matrix: an image of each variant for each Python that pins name.
#
# Type: { revision, pins, python, layersOf, dockerTools }
#       -> { image-py39, image-py39-slim, image-py39-minimal, image-py311, … }
# Each is an image of dockerTools, with these attributes beside:
#   python   of the python stage
#   final    whether its pins are
# Example: images.image-py39-slim.stream
{
  revision,
  pins,
  python,
  layersOf,
  dockerTools,
}:
let
  slim =
    layers: with layers; [
      base
      pythonLayer
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

  mkImage =
    thisPython: suffix:
    {
      contents,
      config ? { },
    }:
    let
      lock = pins.${thisPython.pins};
      created = dockerTools.rfc3339 lock.created;
    in
    dockerTools.buildLayeredImage {
      name = "uvicorn-gunicorn-fastapi";
      tag = "python${thisPython.minor}${suffix}";
      inherit created;
      contents = contents (layersOf thisPython);
      config =
        import ./config.nix {
          inherit created revision;
          python = thisPython;
        }
        // config;
    }
    // {
      python = thisPython;
      inherit (lock) final;
    };

  imagesOf =
    name:
    map (suffix: {
      name = "image-${name}${suffix}";
      value = mkImage python.pythons.${name} suffix variants.${suffix};
    }) (builtins.attrNames variants);
in
builtins.listToAttrs (builtins.concatMap imagesOf (builtins.attrNames python.pythons))
