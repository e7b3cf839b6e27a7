# Layers and a config → an image, with the functions and argument names of nixpkgs' dockerTools.
#
# Type: { system, systems, bootstrap, layer, pins }
#       -> { mkTreeLayer, rfc3339, buildLayeredImage, streamLayeredImage, buildImage, mergeImages, mergePlatforms,
#            binSh, usrBinEnv, caCertificates, fakeNss }
#   system       Nix system of the build machine, and of an image unless it says another architecture
#   mkTreeLayer  of the layer stage, for contents
#   rfc3339      a time as `created` takes it
#   binSh, …     for contents (helpers.nix)
#   mergeImages, mergePlatforms  of merged.nix
{
  system,
  systems,
  bootstrap,
  layer,
  pins ? { },
}:
let
  inherit (layer) mkTreeLayer;
  inherit (systems.${system}) oci;
  inherit (import ../pyproject/strings.nix) toLower;
  storeName = import ./store-name.nix;

  metadata = import ./metadata.nix {
    inherit bootstrap;
    inherit (oci) os;
  };
  archiveOf = import ./archive.nix { inherit bootstrap; };
  inherit (import ./contents.nix { inherit mkTreeLayer; }) joined listOf layersOf;

  checked = import ./arguments.nix;
  epoch = "1970-01-01T00:00:01Z";
in
import ./unsupported.nix
// import ./merged.nix { inherit bootstrap archiveOf metadata; }
// rec {
  inherit mkTreeLayer;
  inherit
    (import ./helpers.nix {
      inherit
        system
        systems
        bootstrap
        pins
        ;
    })
    binSh
    usrBinEnv
    caCertificates
    fakeNss
    ;
  rfc3339 = import ./rfc3339.nix;

  # Each function writes its arguments out, since builtins.functionArgs tells no others.

  # The archive that `docker load` and `podman load` take, which is an OCI image layout too.
  #
  # Type: { name, tag ? null, contents ? [ ], fromImage ? null, fromImageName ? null, fromImageTag ? null, config ? { },
  #         created ? …, architecture ? …, includeStorePaths ? true, maxLayers ? 100, extraCommands ? "",
  #         fakeRootCommands ? "", uid ? 0, gid ? 0, uname ? "root", gname ? "root", compressor ? null,
  #         passthru ? { }, meta ? { } } -> image
  #   name          of the image, such as "myapp" or "registry.example:5000/team/myapp"; upper case becomes lower case
  #   tag           null: a hash of all that the image is made of
  #   contents      one layer per element, lowest first: layers, or paths and derivations whose files stand at the root,
  #                 where layers below have links, behind these. Of what refers to itself, there are links to its
  #                 files in the store. Lists and null may be among them
  #   fromImage     an image of these functions, an archive file, or a folder such as an OCI image layout; its layers,
  #                 config and history are inherited
  #   fromImageName, fromImageTag  which image of fromImage, if that has several
  #   config        as in the OCI specification, and Docker's Healthcheck, OnBuild and Shell; Env and maps add to those
  #                 of fromImage, null drops one, and Entrypoint alone drops Cmd
  #   includeStorePaths  whether the store paths that contents and config name, and all that these need, are in the
  #                 image: in one layer, below the contents
  #   maxLayers     of the image, those of fromImage too: the lowest of the others become one to keep to it
  #   extraCommands, fakeRootCommands  scripts for busybox's shell, run one after the other in one tree of all contents
  #                 that are no layers, which becomes one layer over the others. See mkTreeLayer's commands
  #   uid, gid      who owns the layer of the store paths
  #   uname, gname  have no effect, since engines go by the numbers
  #   created       of the image and its layers' history, in a form of ISO 8601, as @ and seconds since 1970, or as
  #                 self.lastModifiedDate of a flake
  #   architecture  as in GOARCH
  #   compressor    of the archive and of the layout's layers: "none", "gz" or "zstd". null: none for the archive, which
  #                 engines then read fastest, and "gz" for layers
  #   passthru, meta  attributes of the result, and of its meta
  # The result is the archive's derivation. Its attributes:
  #   archive    itself
  #   stream     an executable that writes the same archive to the standard output, without storing it
  #   oci        the image layout as a directory, as a registry has the image
  #   digest     a file with the digest of that manifest, as the registry will show it
  #   compressed the metadata of that layout
  #   metadata   config.json, layers.json and the layout without its layers (oci_layout.py)
  #   writer     the folder of the Python modules that write the archive from the metadata (archive.py)
  #   layers     the derivations of the contents' layers, with those of fromImage if it is an image of these functions
  #   imageName, imageTag
  # Throws for arguments that it does not take, or that have another type (arguments.nix). The build fails for a name,
  # tag, time or property of config that an engine would refuse, for contents that mkTreeLayer refuses, for more layers
  # than an engine loads, and for a fromImage that is damaged, holds several images, is for another architecture, or
  # expands to more than a hundred times its size and 1 GiB.
  # Example:
  #   buildLayeredImage {
  #     name = "myapp";
  #     tag = "1.0";
  #     fromImage = images.image-py313-slim;
  #     contents = [ (mkTreeLayer { name = "app"; trees = [ { path = ./app; prefix = "app"; } ]; }) ];
  #     config.Env = [ "LOG_LEVEL=debug" ];
  #   }
  buildLayeredImage =
    {
      name,
      tag ? null,
      contents ? [ ],
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      config ? { },
      created ? epoch,
      architecture ? oci.architecture,
      includeStorePaths ? true,
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      compressor ? null,
      passthru ? { },
      meta ? { },
      ...
    }@args:
    let
      layers = layersOf {
        name = "${baseNameOf name}-customisation";
        contents = listOf contents;
        below = if base == null then [ ] else [ base ];
        commands = builtins.filter (command: command.text != "") [
          {
            name = "extraCommands";
            text = extraCommands;
          }
          {
            name = "fakeRootCommands";
            text = fakeRootCommands;
          }
        ];
      };
      base =
        if fromImage == null then
          null
        else
          fromImage.metadata or (metadata.ofArchive {
            label = storeName (baseNameOf name);
            inherit
              name
              architecture
              fromImageName
              fromImageTag
              ;
            archive = fromImage;
          });
      imageName = toLower name;
      image = {
        inherit
          architecture
          created
          maxLayers
          uid
          gid
          ;
        name = imageName;
        config = if config == null then { } else config;
        layers = map (layer: {
          inherit (layer) name;
          path = "${layer}";
        }) layers;
        fromImage = if base == null then null else "${base}";
      };
      imageTag = if tag != null then tag else builtins.substring 0 32 (hash (image // { inherit includeStorePaths; }));
      hash = value: builtins.hashString "sha256" (builtins.unsafeDiscardStringContext (builtins.toJSON value));

      allLayers = fromImage.layers or [ ] ++ layers;

      # What the derivations are called: the registry and the folders of the name are left out.
      label = storeName "${baseNameOf name}-${imageTag}";
      ownMetadata = metadata.ofImage {
        inherit label includeStorePaths;
        image = image // {
          tag = imageTag;
        };
      };
    in
    checked buildLayeredImage args (archiveOf {
      inherit label compressor meta;
      metadata = ownMetadata;
      layers = allLayers;
      attributes = passthru // {
        inherit imageName imageTag passthru;
        metadata = ownMetadata;
        layers = allLayers;
      };
    });

  # The same image; the result is its stream, an executable.
  #
  # Type: as buildLayeredImage, without compressor
  # Throws as buildLayeredImage does.
  # Example: streamLayeredImage { name = "myapp"; contents = [ ./root ]; } gives ./result for: ./result | docker load
  streamLayeredImage =
    {
      name,
      tag ? null,
      contents ? [ ],
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      config ? { },
      created ? epoch,
      architecture ? oci.architecture,
      includeStorePaths ? true,
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      passthru ? { },
      meta ? { },
      ...
    }@args:
    checked streamLayeredImage args (buildLayeredImage args).stream;

  # The same, with all contents in one layer on top of fromImage.
  #
  # Type: { name, copyToRoot ? [ ], … as buildLayeredImage } -> image
  #   copyToRoot  paths or derivations, as contents, which is its old name
  # Throws as buildLayeredImage does, if copyToRoot holds a layer, and for contents beside it.
  # Example:
  #   buildImage {
  #     name = "myapp";
  #     fromImage = ./debian.tar;
  #     copyToRoot = [ ./root ];
  #     config.Cmd = [ "/bin/app" ];
  #   }
  buildImage =
    {
      name,
      tag ? null,
      contents ? null,
      copyToRoot ? null,
      fromImage ? null,
      fromImageName ? null,
      fromImageTag ? null,
      config ? { },
      created ? epoch,
      architecture ? oci.architecture,
      includeStorePaths ? true,
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      compressor ? null,
      passthru ? { },
      meta ? { },
      ...
    }@args:
    let
      trees = listOf [
        contents
        copyToRoot
      ];
      # With commands, they become one layer in any case.
      layers =
        if extraCommands + fakeRootCommands == "" then joined "${baseNameOf name}-root" trees else trees;
    in
    checked buildImage args (
      if contents != null && copyToRoot != null then
        throw "docker-tools: ${name}: contents is the old name of copyToRoot; leave one of them out"
      else if builtins.any (path: path.isLayer or false) trees then
        throw "docker-tools: ${name}: copyToRoot holds a layer; use buildLayeredImage, whose contents may"
      else
        buildLayeredImage (removeAttrs args [ "copyToRoot" ] // { contents = layers; })
    );
}
