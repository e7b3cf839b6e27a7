# Programs that bring an image to where it runs.
#
# Type: { bootstrap } -> { mkLoad }
{ bootstrap }:
{
  # A program that streams an image into the engine of the machine where it runs: docker, or else podman or nerdctl. Only
  # the layers that the engine lacks are sent, if its store takes that.
  # Type: { image, source ? null } -> derivation with bin/load
  #   image   of dockerTools
  #   source  of the flake that the image is from. In its folder, the program tells which files git does not track
  # Example: mkLoad { image = dockerTools.buildLayeredImage { name = "myapp"; tag = "1"; contents = ./app; }; }
  mkLoad =
    {
      image,
      source ? null,
    }:
    let
      tellUntracked = ''
        . ${../fetch/untracked.sh}
        folder=$(flake_folder) && cmp -s "$folder/flake.nix" ${source}/flake.nix &&
          untracked "$folder" ${source} | sed 's/^/load: /' >&2
      '';
    in
    bootstrap.writeScripts "load-${image.name}" {
      load = ''
        #!${bootstrap.busybox}/bin/busybox sh
        ${if source == null then "" else tellUntracked}
        export PYTHONPATH=${image.writer}
        exec ${bootstrap.python}/bin/python3 -s -P ${./load_image.py} ${image.metadata}
      '';
    };
}
