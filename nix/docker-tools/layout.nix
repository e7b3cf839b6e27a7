# The metadata of an image → its OCI image layout as a folder, with layers compressed as registries have them.
#
# Type: { bootstrap } -> { compressed, layoutOf, digestOf }
{ bootstrap }:
let
  inherit (bootstrap) runPython runShell;
  modules = import ../layer/modules-of.nix ./.;

  # Run a program that compresses. Type: as runPython
  runCompressor =
    args:
    runPython (
      args
      // {
        modules = [
          (modules [
            "compress.py"
            "compress_layer.py"
            "descriptor.py"
            "libzstd.py"
            "oci_layout.py"
          ])
        ];
        LIBZSTD = bootstrap.libzstd;
      }
    );

  # The blob of a layer. It is a derivation of its own, so that a change of one layer compresses that one alone.
  blobOf =
    compressor: layer:
    runCompressor {
      name = "${layer.name}.${compressor}";
      main = ./compress_layer.py;
      spec = {
        layer = "${layer}";
        inherit compressor;
      };
    };
in
{
  # The metadata of the same image with compressed layers.
  # Type: { label, metadata, layers, compressor } -> derivation
  #   layers      the derivations of layers of the image; what else it has is compressed with the metadata
  #   compressor  "none", "gz" or "zstd"
  compressed =
    {
      label,
      metadata,
      layers,
      compressor,
    }:
    if compressor == "none" then
      metadata
    else
      runCompressor {
        name = "${label}-metadata.${compressor}";
        main = ./compress_image.py;
        spec = {
          image = "${metadata}";
          inherit compressor;
          layers = map (layer: "${blobOf compressor layer}") layers;
        };
      };

  # Type: { label, metadata, links ? false } -> derivation
  #   links  whether blobs of layers are links to where the store has them. So images that share layers share them here,
  #          too; but a layout that is to be carried elsewhere needs the blobs themselves
  layoutOf =
    {
      label,
      metadata,
      links ? false,
    }:
    runPython {
      name = "${label}-oci";
      main = ./write_layout.py;
      modules = [
        (modules [
          "descriptor.py"
          "oci_layout.py"
        ])
      ];
      spec = {
        metadata = "${metadata}";
        inherit links;
      };
    };

  # A file with the digest of the manifest or index, as a registry will show it.
  # Type: label -> metadata -> derivation
  digestOf =
    label: metadata:
    runShell {
      name = "${label}-digest";
      script = ''echo $(sed 's/.*"digest":"\([^"]*\)".*/\1/' ${metadata}/layout/index.json) > $out'';
    };
}
