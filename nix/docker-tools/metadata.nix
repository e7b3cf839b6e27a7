# The derivations whose output is the metadata of an image (oci_layout.py).
#
# Type: { bootstrap, os } -> { ofImage, ofArchive, ofImages, ofPlatforms }
{ bootstrap, os }:
let
  inherit (bootstrap) runPython runShell;
  modulesOf = import ../layer/modules-of.nix;
  modules = modulesOf ./.;

  ofSeveral =
    main:
    { label, images }:
    runPython {
      name = "${label}-metadata";
      inherit main;
      modules = [
        (modules [
          "descriptor.py"
          "oci_layout.py"
        ])
      ];
      spec.images = map (metadata: "${metadata}") images;
    };
in
{
  # Type: { label, image, includeStorePaths } -> derivation
  #   label  what it is called
  #   image  { name, tag, architecture, created, config, layers, fromImage, maxLayers, uid, gid }: the spec of image.py,
  #          but for what is added here
  ofImage =
    {
      label,
      image,
      includeStorePaths,
    }:
    let
      config = builtins.toJSON image.config;
      # What names the store paths that the image needs: Nix finds them in a file, as in the tar of a layer.
      configFile = runShell {
        name = "config";
        inherit config;
        passAsFile = [ "config" ];
        script = "cat $configPath > $out";
      };
      roots =
        if includeStorePaths then
          map (layer: layer.path) image.layers
          ++ (if builtins.hasContext config then [ "${configFile}" ] else [ ])
        else
          [ ];
      storeRoots = builtins.length roots;
    in
    runPython {
      name = "${label}-metadata";
      main = ./image.py;
      modules = [
        (modules [
          "created.py"
          "descriptor.py"
          "oci_config.py"
          "oci_layout.py"
          "reference_grammar.py"
          "value_checks.py"
        ])
        (modulesOf ../layer [
          "foreign_tar.py"
          "layer_tar.py"
          "lower_layers.py"
          "merged_layer.py"
          "placement.py"
          "plain_tree.py"
          "store_layer.py"
          "store_references.py"
        ])
      ];
      # For each of these, a file in the builder's folder tells what it refers to (store_references.py).
      exportReferencesGraph = builtins.concatLists (
        builtins.genList (number: [
          "store-root-${toString number}"
          (builtins.elemAt roots number)
        ]) storeRoots
      );
      spec = image // {
        inherit os storeRoots;
      };
    };

  # Of an image archive from elsewhere: what a base image needs, config.json, layers.json and the layers.
  # Type: { label, name, architecture, archive, fromImageName, fromImageTag } -> derivation
  ofArchive =
    {
      label,
      name,
      architecture,
      archive,
      fromImageName,
      fromImageTag,
    }:
    runPython {
      name = "${label}-base";
      main = ./split_archive.py;
      LIBZSTD = bootstrap.libzstd;
      modules = [
        (modules [
          "archive_files.py"
          "decompress.py"
          "descriptor.py"
          "folder_files.py"
          "foreign_image.py"
          "image_files.py"
          "libzstd.py"
          "oci_config.py"
          "oci_layout.py"
          "references.py"
          "value_checks.py"
        ])
        (modulesOf ../layer [
          "foreign_tar.py"
          "layer_tar.py"
        ])
      ];
      spec = {
        inherit
          name
          architecture
          os
          fromImageName
          fromImageTag
          ;
        archive = "${archive}";
      };
    };

  # Of an archive that holds several images, and of an index of one image for several platforms.
  # Type: { label, images = [ metadata ] } -> derivation
  ofImages = ofSeveral ./merged_images.py;
  ofPlatforms = ofSeveral ./image_index.py;
}
