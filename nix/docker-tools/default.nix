# Layers and a config → an image, with the functions and argument names of nixpkgs' dockerTools.
#
# Type: { system, systems, bootstrap, layer }
#       -> { mkTreeLayer, rfc3339, buildLayeredImage, streamLayeredImage, buildImage }
#   system       Nix system of the build machine, and of an image unless it says another architecture
#   mkTreeLayer  of the layer stage, for contents
#   rfc3339      a time as `created` takes it
{
  system,
  systems,
  bootstrap,
  layer,
}:
let
  inherit (bootstrap) busybox python runPython runShell;
  inherit (layer) mkTreeLayer;
  inherit (systems.${system}) oci;
  storeName = import ./store-name.nix;

  modules = import ../layer/modules-of.nix ./.;

  # The layer of an element of `contents`: a layer is one, anything else is a tree whose files stand at the root.
  toLayer =
    content:
    if content.isLayer or false then
      content
    else
      mkTreeLayer {
        name = storeName (content.name or (plainName "${content}"));
        trees = [ { path = content; } ];
      };

  # The name of a store path, without its hash.
  plainName =
    path:
    let
      file = builtins.unsafeDiscardStringContext (baseNameOf path);
      hashed = builtins.match "[0-9a-z]{32}-(.*)" file;
    in
    if hashed == null then file else builtins.head hashed;

  asList =
    value:
    if value == null then
      [ ]
    else if builtins.isList value then
      value
    else
      [ value ];

  # A function that is called as `function`, and names an argument which that does not take in one line.
  takesOnly =
    function:
    { name, ... }@args:
    let
      unknown = builtins.attrNames (removeAttrs args (builtins.attrNames (builtins.functionArgs function)));
      argument = builtins.head unknown;
      hints = {
        extraCommands = "nothing runs while an image is composed, put its result into contents";
        fakeRootCommands = hints.extraCommands;
        runAsRoot = hints.extraCommands;
        maxLayers = "each element of contents is one layer";
        copyToRoot = "use contents";
      };
    in
    if unknown == [ ] then
      function args
    else
      throw "docker-tools: ${name}: ${argument} is not supported; ${hints.${argument} or "leave it out"}";
in
rec {
  inherit mkTreeLayer;
  rfc3339 = import ./rfc3339.nix;

  # The archive that `docker load` and `podman load` take, which is an OCI image layout too.
  #
  # Type: { name, tag ? null, contents ? [ ], fromImage ? null, config ? { }, created ? …, architecture ? … } -> image
  #   name          of the image, such as "myapp" or "registry.example:5000/team/myapp"
  #   tag           null: a hash of all that the image is made of
  #   contents      one layer per element, lowest first: layers, or paths and derivations whose files stand at the root.
  #                 Only their own files: no store path that these refer to, and no link into the store
  #   fromImage     an image of these functions, or an archive file; its layers, config and history are inherited
  #   config        as in the OCI specification, and Healthcheck; Env and maps add to those of fromImage, null drops one
  #   created       of the image and its layers' history, RFC 3339 in UTC
  #   architecture  as in GOARCH
  # The result is the archive's derivation. Its attributes:
  #   archive    itself
  #   stream     an executable that writes the same archive to the standard output, without storing it
  #   oci        the image layout as a directory
  #   metadata   config.json, layers.json and the layout without its layers (oci_layout.py)
  #   writer     the folder of the Python modules that write the archive from the metadata (archive.py)
  #   layers     the layers' derivations, with those of fromImage if it is an image of these functions
  #   imageName, imageTag
  # Throws for an argument of nixpkgs' function that it does not take. The build fails for a name, tag, time or property
  # of config that an engine would refuse, for contents that mkTreeLayer refuses, and for a fromImage that is damaged,
  # holds several images, is for another architecture, or expands to more than a hundred times its size and 1 GiB.
  # Example:
  #   buildLayeredImage {
  #     name = "myapp";
  #     tag = "1.0";
  #     fromImage = images.image-py313-slim;
  #     contents = [ (mkTreeLayer { name = "app"; trees = [ { path = ./app; prefix = "app"; } ]; }) ];
  #     config.Env = [ "LOG_LEVEL=debug" ];
  #   }
  buildLayeredImage = takesOnly (
    {
      name,
      tag ? null,
      contents ? [ ],
      fromImage ? null,
      config ? { },
      created ? "1970-01-01T00:00:01Z",
      architecture ? oci.architecture,
    }:
    let
      layers = map toLayer (asList contents);
      image = {
        inherit
          name
          architecture
          created
          config
          ;
        inherit (oci) os;
        layers = map (layer: {
          inherit (layer) name;
          path = "${layer}";
        }) layers;
        fromImage = if fromImage == null then null else "${fromImage.metadata or (split fromImage)}";
      };
      imageTag = if tag != null then tag else builtins.substring 0 32 (hash image);
      hash = value: builtins.hashString "sha256" (builtins.unsafeDiscardStringContext (builtins.toJSON value));

      # What the derivations are called: the registry and the folders of the name are left out.
      label = storeName "${baseNameOf name}-${imageTag}";
      describedAs = what: next: {
        meta = {
          description = "${name}:${imageTag}, ${what}";
          # For `nix run`, which looks for OUTPUT/bin/PROGRAM, finds no such file, and shows that path in its error.
          mainProgram = "nothing to run: nix build it, then ${next}";
        };
      };

      split =
        archive:
        runPython {
          name = storeName (baseNameOf name) + "-base";
          main = ./split_archive.py;
          modules = [
            (modules [
              "archive_files.py"
              "decompress.py"
              "descriptor.py"
              "foreign_image.py"
              "oci_config.py"
              "oci_layout.py"
              "value_checks.py"
            ])
          ];
          spec = {
            inherit name architecture;
            inherit (oci) os;
            archive = "${archive}";
          };
        };

      metadata = runPython {
        name = "${label}-metadata";
        main = ./image.py;
        modules = [
          (modules [
            "descriptor.py"
            "oci_config.py"
            "oci_layout.py"
            "value_checks.py"
          ])
        ];
        spec = image // {
          tag = imageTag;
        };
      };

      writer = modules [
        "archive.py"
        "descriptor.py"
        "oci_layout.py"
      ];

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
        // attributes;

      archive =
        runShell {
          name = "${label}.tar";
          script = "${stream} > $out";
        }
        // describedAs "an OCI image archive for docker load" "docker load < result"
        // attributes;

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

      attributes = {
        inherit
          archive
          stream
          metadata
          writer
          imageTag
          ;
        oci = layout;
        imageName = name;
        layers = fromImage.layers or [ ] ++ layers;
      };
    in
    archive
  );

  # The same image; the result is its stream, an executable.
  #
  # Type: as buildLayeredImage
  # Throws as buildLayeredImage does.
  # Example: streamLayeredImage { name = "myapp"; contents = [ ./root ]; } gives ./result for: ./result | docker load
  streamLayeredImage = args: (buildLayeredImage args).stream;

  # The same, with all contents in one layer on top of fromImage.
  #
  # Type: { name, copyToRoot ? contents, contents ? [ ], … as buildLayeredImage } -> image
  #   copyToRoot  a path or derivation, or a list of these
  # Throws as buildLayeredImage does, and if copyToRoot holds a layer.
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
      contents ? [ ],
      copyToRoot ? contents,
      ...
    }@args:
    let
      paths = asList copyToRoot;
      root = mkTreeLayer {
        name = storeName (baseNameOf name) + "-root";
        trees = map (path: { inherit path; }) paths;
      };
    in
    if builtins.any (path: path.isLayer or false) paths then
      throw "docker-tools: ${name}: copyToRoot holds a layer; use buildLayeredImage, whose contents may"
    else
      buildLayeredImage (
        removeAttrs args [ "copyToRoot" ] // { contents = if paths == [ ] then [ ] else [ root ]; }
      );
}
