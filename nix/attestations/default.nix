# What an image tells of itself: bills of materials and its provenance, and the form in which a registry gets them.
#
# Type: { system, systems, revision, pins, bootstrap, builderModules } -> { attest, shipmentOf }
{
  system,
  systems,
  revision,
  pins,
  bootstrap,
  builderModules,
}:
let
  inherit (bootstrap) runPython runShell;
  modulesOf = import ../layer/modules-of.nix;
  storeName = import ../docker-tools/store-name.nix;
  inherit (import ../docker-tools/layout.nix { inherit bootstrap; }) layoutOf;
  labelOf = image: storeName "${baseNameOf image.imageName}-${image.imageTag}";

  # Those of other stages that read what these wrote.
  readers = [
    (modulesOf ../docker-tools [
      "descriptor.py"
      "oci_layout.py"
    ])
    (modulesOf ../debian [
      "elf.py"
      "system.py"
    ])
  ];

  # The programs that build all images.
  tools =
    let
      packages = pins.bootstrap.layers.${systems.${system}.debian};
    in
    map (package: {
      inherit (package)
        name
        version
        architecture
        sha256
        ;
    }) (packages.seed ++ packages.python ++ packages.strip);
in
{
  # The attestations of an image.
  # Type: { image, architecture, debian, wheels, layers } -> { sbom, cyclonedx, provenance, attestations }
  #   image   of dockerTools, for this architecture in OCI's words
  #   debian  its Debian layers, lowest first
  #   wheels  the files of its wheels
  #   layers  those with files that are no package's
  # The first three are the files, in JSON: SPDX 2.3, CycloneDX 1.6, and an in-toto statement of SLSA Provenance v1.
  # attestations are those for a registry, as shipmentOf takes them: of the two bills, which say the same, the first.
  # The build fails for a wheel without metadata.
  attest =
    {
      image,
      architecture,
      debian,
      wheels,
      layers,
    }:
    let
      make =
        {
          main,
          ending,
          mediaType,
          annotations ? { },
          spec ? { },
        }:
        rec {
          inherit mediaType annotations;
          title = "${labelOf image}-${architecture}.${ending}";
          file = runPython {
            name = title;
            inherit main;
            modules = readers ++ [
              # For `packaging`, which knows the names of licences.
              (builderModules ../../runtime [ "build" ])
              (modulesOf ./. [
                "contents.py"
                "purl.py"
              ])
            ];
            spec = spec // {
              metadata = "${image.compressed}";
              debs = map (package: {
                inherit (package) name;
                file = "${package.file}";
              }) (builtins.concatMap (layer: layer.debs) debian);
              system = if debian == [ ] then null else "${builtins.elemAt debian (builtins.length debian - 1)}";
              wheels = map (wheel: "${wheel}") wheels;
              layers = map (layer: "${layer}") layers;
            };
          };
        };

      sbom = make {
        main = ./spdx_document.py;
        ending = "spdx.json";
        mediaType = "application/spdx+json";
      };
      cyclonedx = make {
        main = ./cyclonedx_bill.py;
        ending = "cdx.json";
        mediaType = "application/vnd.cyclonedx+json";
      };
      provenance = make {
        main = ./slsa_provenance.py;
        ending = "provenance.json";
        mediaType = "application/vnd.in-toto+json";
        annotations."in-toto.io/predicate-type" = "https://slsa.dev/provenance/v1";
        spec = { inherit revision tools; };
      };
    in
    {
      sbom = sbom.file;
      cyclonedx = cyclonedx.file;
      provenance = provenance.file;
      attestations = [
        sbom
        provenance
      ];
    };

  # All that `push` sends to a registry for an image, and that `verify` compares with what a registry has.
  # Type: { image, images, date } -> derivation
  #   image   of dockerTools or mergePlatforms
  #   images  [ { compressed, attestations } ]: what the attestations refer to, and which these are
  #   date    of its packages: "2026-11-20"
  # The output is a JSON file: { name, tag, date, layout, referrers }; the last two are OCI image layouts, as folders.
  shipmentOf =
    {
      image,
      images,
      date,
    }:
    let
      label = labelOf image;
      referrers = runPython {
        name = "${label}-referrers";
        main = ./referrers.py;
        modules = readers;
        spec.images = map (image: {
          metadata = "${image.compressed}";
          attestations = map (attestation: attestation // { file = "${attestation.file}"; }) image.attestations;
        }) images;
      };
      content = builtins.toJSON {
        name = image.imageName;
        tag = image.imageTag;
        inherit date;
        layout = "${layoutOf {
          label = "${label}-linked";
          metadata = image.compressed;
          links = true;
        }}";
        referrers = "${referrers}";
      };
    in
    runShell {
      name = "${label}-shipment.json";
      inherit content;
      passAsFile = [ "content" ];
      script = "cat $contentPath > $out";
    };
}
