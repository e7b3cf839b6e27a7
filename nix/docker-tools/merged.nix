# What is made of several images: one archive, or one image for several platforms.
#
# Type: { bootstrap, archiveOf, metadata } -> { mergeImages, mergePlatforms }
#   archiveOf  of archive.nix
#   metadata   of metadata.nix
{
  bootstrap,
  archiveOf,
  metadata,
}:
let
  storeName = import ./store-name.nix;
  inherit (import ./layout.nix { inherit bootstrap; }) layoutOf digestOf;

  # function's name -> (images -> result) -> images -> result; throws for what are no images
  ofImages =
    function: make: images:
    if builtins.isList images && images != [ ] && builtins.all (image: image ? metadata) images then
      make images
    else
      throw "docker-tools: ${function}: takes a list of images of these functions";
in
{
  # One archive that holds several images, for one `docker load`.
  #
  # Type: [ image of these functions ] -> derivation, with the attributes archive, stream, oci and imageName of an image
  # The build fails if two of them have the same name and tag.
  # Example: mergeImages [ (buildImage { name = "app"; tag = "1"; }) (buildImage { name = "worker"; tag = "1"; }) ]
  mergeImages = ofImages "mergeImages" (
    images:
    archiveOf {
      label = "merged-images";
      metadata = metadata.ofImages {
        label = "merged-images";
        images = map (image: image.metadata) images;
      };
      attributes = {
        inherit (builtins.head images) imageName imageTag;
      };
    }
  );

  # One image for several platforms: an OCI image layout, as a folder, that holds an image index of them all. An engine
  # that pulls it from a registry gets the image for its own platform. Layers that are equal are there once.
  #
  # Type: [ image of these functions ] -> derivation, with the attributes imageName and imageTag of the first image, and
  #       digest, a file with the index's digest, as a registry will show it
  # The build fails if two of them are for the same platform.
  # Example: mergePlatforms (map (architecture: buildImage { name = "app"; inherit architecture; }) [ "amd64" "arm64" ])
  mergePlatforms = ofImages "mergePlatforms" (
    images:
    let
      inherit (builtins.head images) imageName imageTag;
      label = storeName "${baseNameOf imageName}-${imageTag}-index";
      ofIndex = metadata.ofPlatforms {
        inherit label;
        images = map (image: image.compressed) images;
      };
    in
    layoutOf {
      inherit label;
      metadata = ofIndex;
    }
    // {
      inherit imageName imageTag;
      compressed = ofIndex;
      digest = digestOf label ofIndex;
    }
  );
}
