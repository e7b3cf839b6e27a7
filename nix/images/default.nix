# The matrix: an image of each variant for each Python that pins name.
#
# Type: { revision, pins, python, mkAppImage, dockerTools }
#       -> { image-py39, image-py39-slim, image-py39-minimal, image-py311, … }, each of mkAppImage
# Example: images.image-py39-slim.stream
{
  revision,
  pins,
  python,
  mkAppImage,
  dockerTools,
}:
let
  # What the names of each variant's images end with, and the groups of runtime/poetry.lock that it has.
  variants = {
    full = {
      suffix = "";
      groups = withPip;
    };
    slim = {
      suffix = "-slim";
      groups = withPip;
    };
    minimal = {
      suffix = "-minimal";
      groups = _: [ "main" ];
    };
  };

  withPip =
    thisPython:
    [
      "main"
      "all"
      "pip"
    ]
    # As the official images, which have none since Python 3.12.
    ++ (if builtins.compareVersions thisPython.minor "3.12" < 0 then [ "setuptools" ] else [ ]);

  # There is no expression of licences: a Debian has hundreds, which /usr/share/doc/*/copyright tells of each package.
  labelsOf =
    thisPython:
    {
      "org.opencontainers.image.title" = "uvicorn-gunicorn-fastapi";
      "org.opencontainers.image.description" = "FastAPI served by Uvicorn workers that Gunicorn manages";
      # An image of this name is newer than another by its packages alone, so it is called by their date.
      "org.opencontainers.image.version" = builtins.substring 0 10 (dockerTools.rfc3339 pins.${thisPython.pins}.created);
    }
    // (if revision == null then { } else { "org.opencontainers.image.revision" = revision; });

  imageOf =
    thisPython: variant:
    let
      inherit (variants.${variant}) suffix groups;
    in
    {
      name = "image-py${builtins.replaceStrings [ "." ] [ "" ] thisPython.minor}${suffix}";
      value = mkAppImage {
        name = "uvicorn-gunicorn-fastapi";
        tag = "python${thisPython.minor}${suffix}";
        src = ../../runtime/app;
        projectDir = ../../runtime;
        python = thisPython.minor;
        inherit variant;
        groups = groups thisPython;
        config.Labels = labelsOf thisPython;
      };
    };
in
builtins.listToAttrs (
  builtins.concatMap (thisPython: map (imageOf thisPython) (builtins.attrNames variants)) (
    builtins.attrValues python.pythons
  )
)
