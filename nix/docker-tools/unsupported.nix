# What nixpkgs' dockerTools have beside, for an error that says what to do instead of "attribute missing".
#
# Type: { <name> = what throws; }
let
  cures = {
    buildImageWithNixDb = "an image has no database of Nix, use buildImage";
    buildLayeredImageWithNixDb = "an image has no database of Nix, use buildLayeredImage";
    buildNixShellImage = "use buildLayeredImage, with the programs of the shell as its contents";
    exportImage = "load the image, and use docker export";
    pullImage = "no build downloads an image: skopeo copy docker://NAME oci:FOLDER, and fromImage = ./FOLDER";
    shadowSetup = "use fakeNss, or contents with etc/passwd and etc/group";
    streamNixShellImage = cures.buildNixShellImage;
  };
in
builtins.mapAttrs (name: cure: throw "docker-tools: ${name} is not supported; ${cure}") cures
