# Programs that bring an image to where it runs, and that look whether it is there.
#
# Type: { system, systems, bootstrap, pins }
#       -> { tools, registry, kubectl, compose, podman, quadlet, audit, push, verify, mkLoad }
{
  system,
  systems,
  bootstrap,
  pins,
}:
let
  inherit (bootstrap) busybox python;
  modulesOf = import ../layer/modules-of.nix;
  packages = pins.ship.layers.${systems.${system}.debian};

  # Debian's programs for registries, for the build machine.
  # Type: derivation with bin/cosign, bin/oras and bin/skopeo
  tools =
    let
      tree = bootstrap.unpack {
        name = "ship-tools-unpacked";
        debs = packages.tools;
        # In Debian 13, no package has files in /lib any more, where the launcher looks for the loader.
        script = "ln -s usr/lib $out/lib";
      };
      start =
        name:
        bootstrap.launcher {
          inherit tree;
          program = "usr/bin/${name}";
        };
    in
    bootstrap.writeScripts "ship-tools" {
      cosign = start "cosign";
      oras = start "oras";
      skopeo = start "skopeo";
    };

  # A program of Debian 13 that needs no newer libraries than the builders have.
  # Type: layer of the pins -> its path -> derivation with bin/<its name>
  debianProgram =
    layer: path:
    let
      name = baseNameOf path;
    in
    bootstrap.writeScripts name {
      ${name} = bootstrap.launcher {
        inherit (python) tree;
        program = "${unpacked layer}/${path}";
      };
    };

  # Type: layer of the pins -> derivation with the files of its packages
  unpacked =
    layer:
    bootstrap.unpack {
      name = "${layer}-unpacked";
      debs = packages.${layer};
    };

  # One of the programs whose modules are here.
  # Type: name -> derivation with bin/<name>
  program =
    name:
    let
      folders = [
        (modulesOf ./. [
          "audit_image.py"
          "child_environment.py"
          "deb_version.py"
          "layer_difference.py"
          "push_image.py"
          "registry.py"
          "ship_error.py"
          "verify_image.py"
        ])
        (modulesOf ../fetch [ "fetch_error.py" ])
        (modulesOf ../docker-tools [
          "decompress.py"
          "descriptor.py"
          "libzstd.py"
          "oci_layout.py"
          "reference_grammar.py"
        ])
      ];
    in
    bootstrap.writeScripts name {
      ${name} = ''
        #!${busybox}/bin/busybox sh
        export PYTHONPATH=${builtins.concatStringsSep ":" folders} TOOLS=${tools} LIBZSTD=${bootstrap.libzstd}
        exec ${python}/bin/python3 -s -P -m ${name}_image "$@"
      '';
    };
in
{
  inherit tools;

  # Debian's registry, and the programs of those who run images on one server or on a cluster, for tests. quadlet is
  # Podman's generator of services.
  # Type: derivation with bin/docker-registry, bin/kubectl, bin/docker-compose, or bin/quadlet
  registry = debianProgram "registry" "usr/bin/docker-registry";
  kubectl = debianProgram "kubectl" "usr/bin/kubectl";
  compose = debianProgram "compose" "usr/bin/docker-compose";
  quadlet = debianProgram "podman" "usr/libexec/podman/quadlet";

  # Podman and all that it calls, as files for a virtual machine: their paths are absolute.
  # Type: derivation with etc and usr
  podman = unpacked "podman";

  # What the scripts of these names run once they have built what is to be sent, compared or looked at.
  # Type: derivation with bin/audit, bin/push or bin/verify
  audit = program "audit";
  push = program "push";
  verify = program "verify";

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
        #!${busybox}/bin/busybox sh
        ${if source == null then "" else tellUntracked}
        export PYTHONPATH=${image.writer}:${modulesOf ./. [ "child_environment.py" ]}
        exec ${python}/bin/python3 -s -P ${./load_image.py} ${image.metadata}
      '';
    };
}
