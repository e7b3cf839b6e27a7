# Programs that bring an image to where it runs.
#
# Type: { bootstrap } -> { mkLoad }
{ bootstrap }:
{
  # A program that streams an image into the engine of the machine where it runs: docker, or else podman.
  # Type: image (of dockerTools) -> derivation with bin/load
  # Example: mkLoad (dockerTools.buildLayeredImage { name = "myapp"; tag = "1"; contents = ./app; })
  mkLoad =
    image:
    bootstrap.writeScripts "load-${image.name}" {
      load = ''
        #!${bootstrap.busybox}/bin/busybox sh
        set -o pipefail
        name=${image.imageName}:${image.imageTag}
        for engine in docker podman; do
          if command -v $engine >/dev/null; then
            ${image.stream} | $engine load
            exit
          fi
        done
        echo "load: $name: neither docker nor podman is on PATH; install one, or take the archive of nix build there" >&2
        exit 1
      '';
    };
}
