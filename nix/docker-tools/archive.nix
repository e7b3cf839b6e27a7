# The metadata of an image → its archive, with the other forms of the image as attributes.
#
# Type: { bootstrap } -> { label, metadata, attributes } -> image
#   label       what its derivations are called
#   metadata    of image.py or merged_images.py
#   attributes  of the image and its stream, with at least imageName and imageTag
{ bootstrap }:
{
  label,
  metadata,
  attributes,
}:
let
  inherit (bootstrap) busybox python runShell;

  writer = import ../layer/modules-of.nix ./. [
    "archive.py"
    "descriptor.py"
    "oci_layout.py"
  ];

  describedAs = what: next: {
    meta = {
      description = "${attributes.imageName}:${attributes.imageTag}, ${what}";
      # For `nix run`, which looks for OUTPUT/bin/PROGRAM, finds no such file, and shows that path in its error.
      mainProgram = "nothing to run: nix build it, then ${next}";
    };
  };

  # The modules that it needs are the whole module search path: the user's environment must not reach the archive.
  stream =
    runShell {
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
    runShell {
      name = "${label}.tar";
      script = "${stream} > $out";
    }
    // describedAs "an OCI image archive for docker load" "docker load < result"
    // forms;

  layout =
    runShell {
      name = "${label}-oci";
      script = ''
        set -o pipefail
        mkdir $out
        ${stream} | tar -xo -C $out -f -
      '';
    }
    // describedAs "an OCI image layout" "skopeo copy oci:result DESTINATION";

  forms = attributes // {
    inherit archive stream writer;
    oci = layout;
  };
in
archive
