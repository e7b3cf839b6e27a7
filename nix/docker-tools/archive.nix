# The metadata of an image → its archive, with the other forms of the image as attributes.
#
# Type: { bootstrap } -> { label, metadata, attributes, layers ? null, compressor ? null, meta ? { } } -> image
#   label       what its derivations are called
#   metadata    of image.py or merged_images.py
#   attributes  of the image and its stream, with at least imageName and imageTag
#   layers      the derivations of the image's layers; null for several images, whose layout has no compressed layers
#   compressor  of the archive, and of each layer in the layout: "none", "gz" or "zstd". null: none for the archive, as
#               engines read it fastest, and "gz" for layers, as all registries take them. A stream is for a pipe, and
#               is not compressed
#   meta        what is in the attribute of that name beside its own
{ bootstrap }:
{
  label,
  metadata,
  attributes,
  layers ? null,
  compressor ? null,
  meta ? { },
}:
let
  inherit (bootstrap) busybox python runShell;
  modules = import ../layer/modules-of.nix ./.;

  writer = modules [
    "archive.py"
    "descriptor.py"
    "oci_layout.py"
  ];

  describedAs = what: next: {
    meta = {
      description = "${attributes.imageName}:${attributes.imageTag}, ${what}";
      # For `nix run`, which looks for OUTPUT/bin/PROGRAM, finds no such file, and shows that path in its error.
      mainProgram = "nothing to run: nix build it, then ${next}";
    }
    // meta;
  };

  compression =
    let
      folder = modules [
        "compress.py"
        "libzstd.py"
      ];
      pipe = "| PYTHONPATH=${folder} ${python}/bin/python3 -s -P ${folder}/compress.py ${compressor}";
    in
    {
      none = {
        suffix = "";
        pipe = "";
      };
      gz = {
        suffix = ".gz";
        inherit pipe;
      };
      zstd = {
        suffix = ".zst";
        inherit pipe;
        environment.LIBZSTD = bootstrap.libzstd;
      };
    }
    .${if compressor == null then "none" else compressor};

  # The modules that it needs are the whole module search path: the user's environment must not reach the archive.
  stream =
    attributes
    // runShell {
      name = "stream-${label}";
      script = ''
        cat > $out <<END
        #!${busybox}/bin/busybox sh
        export PYTHONPATH=${writer}
        exec ${python}/bin/python3 -s -P ${writer}/archive.py ${metadata}
        END
        chmod +x $out
      '';
    }
    // describedAs "a program that writes the image's archive for docker load" "./result | docker load"
    // forms;

  archive =
    attributes
    // runShell (
      {
        name = "${label}.tar${compression.suffix}";
        script = "set -o pipefail; ${stream} ${compression.pipe} > $out";
      }
      // compression.environment or { }
    )
    // describedAs "an OCI image archive for docker load" "docker load < result"
    // forms;

  inherit (import ./layout.nix { inherit bootstrap; }) compressed layoutOf digestOf;
  compressedMetadata =
    if layers == null then
      metadata
    else
      compressed {
        inherit label metadata layers;
        compressor = if compressor == null then "gz" else compressor;
      };

  forms = {
    inherit archive stream writer;
    oci =
      layoutOf {
        inherit label;
        metadata = compressedMetadata;
      }
      // describedAs "an OCI image layout" "skopeo copy oci:result DESTINATION";
    compressed = compressedMetadata;
    digest = digestOf label compressedMetadata;
  };
in
archive
