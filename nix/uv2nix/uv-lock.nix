# uv.lock, version 1: what it holds, each value held to its form.
#
# Type: { read }
let
  lockForms = import ../pyproject/lock-forms.nix;
  lockText = import ../pyproject/lock-text.nix { inherit read; };

  # uv writes each table in a line, and times as strings. Only what a formatter has changed needs the slower reader.
  read = text: if hasInfix "{\n" text || hasInfix "{\r" text then fromTOML text else builtins.fromTOML text;
  fromTOML = import ../pyproject/toml.nix;

  inherit (import ../pyproject/strings.nix) hasInfix normalizeName;
  uvSource = import ./uv-source.nix;

  # The kinds of sources. Of a folder, `virtual` means that nothing of it is installed, `editable` that it is used where
  # it is.
  kinds = [ "registry" "git" "url" "path" "directory" "editable" "virtual" ];

  # What is used of a package.
  # Type: forms -> place in the lock -> entry of the lock -> package
  #   package = { index, name, version (or null), label, source, kind, dependencies, extras, groups, forks }
  #     source        as the lock has it, such as { virtual = "."; }
  #     dependencies  [ edge ]; extras, groups { <normal name> = [ edge ]; }
  #     edge          { name, version (or null), source (or null), extra = [ normal name ], marker }
  #     forks         [ marker ]: where several versions are locked, those environments that this one is for
  packageOf =
    forms: index: entry:
    let
      name = normalizeName (forms.name "a package" (entry.name or null));
      versionOf = at: attrs: if attrs ? version then forms.version at attrs.version else null;
      version = versionOf name entry;
      label = if version == null then name else "${name} ${version}";
      source = forms.table "${label}: source" (entry.source or null);
      kind = builtins.filter (kind: source ? ${kind}) kinds;

      edge =
        at: value:
        let
          dependency = forms.table at value;
          target = forms.name at (dependency.name or null);
        in
        {
          name = normalizeName target;
          version = versionOf "${at}: ${target}" dependency;
          source = dependency.source or null;
          extra = map (extra: normalizeName (forms.name at extra)) (forms.list at (dependency.extra or [ ]));
          marker = forms.text at (dependency.marker or "");
        };
      edges = at: values: map (edge at) (forms.list at values);
      tableOfEdges =
        key:
        let
          at = "${label}: ${key}";
          table = forms.table at (entry.${key} or { });
        in
        builtins.listToAttrs (
          map (name: {
            name = normalizeName (forms.name at name);
            value = edges at table.${name};
          }) (builtins.attrNames table)
        );
    in
    {
      inherit index name version label source;
      kind =
        if builtins.length kind != 1 then
          forms.fail "${label}: its source is none of ${builtins.concatStringsSep ", " kinds}"
        else
          builtins.head kind;
      dependencies = edges "${label}: dependencies" (entry.dependencies or [ ]);
      extras = tableOfEdges "optional-dependencies";
      groups = tableOfEdges "dev-dependencies";
      forks = map (forms.text "${label}: resolution-markers") (
        forms.list "${label}: resolution-markers" (entry.resolution-markers or [ ])
      );
    };
in
{
  # Read a lock.
  # Type: path -> lock
  #   lock = { label, fail, forms, requires-python, packages, byName, conflicts, manifest, environments,
  #            metadataOf, filesOf, sdistOf, sourceOf }
  #     label         the reader and the lock's path, with which errors begin
  #     fail          string -> error: that it is wrong in this way, and that uv is to make it again
  #     byName        { <normal name> = [ package ]; }
  #     conflicts     [ [ { package, extra or group, if any } ] ]: of each list, one may be wanted
  #     environments  [ marker ]: if there are any, one of them has to hold
  #     metadataOf    package -> what it required as a project when it was locked, or null
  #     filesOf       keep -> package -> [ { file, hash } ]: its wheels, in lines that `keep` keeps
  #     sdistOf       package -> { file, hash }, or null
  #     sourceOf      package -> source of choose-wheels.nix
  # Throws if the lock is in another format, or has a value without its form.
  read =
    uvlock:
    let
      text = lockText (builtins.readFile uvlock);
      inherit (text) content;
      label = "uv2nix: ${toString uvlock}";
      forms = lockForms {
        lock = label;
        fix = "run uv lock";
      };
      inherit (forms) fail;
      all = form: at: values: map (form at) (forms.list at values);

      entries = forms.list "package" (content.package or [ ]);
      packages = builtins.genList (i: packageOf forms i (forms.table "package" (builtins.elemAt entries i))) (
        builtins.length entries
      );
      manifest = forms.table "manifest" (content.manifest or { });

      item =
        value:
        builtins.mapAttrs (key: name: normalizeName (forms.name "conflicts: ${key}" name)) (
          builtins.intersectAttrs { package = null; extra = null; group = null; } (forms.table "conflicts" value)
        );

      held =
        package: file:
        {
          file = forms.file package.label file.file;
          hash = if file.hash == null then "no hash" else forms.hash package.label file.hash;
        };

      entryOf = package: builtins.elemAt entries package.index;

      lock = {
        requires-python = forms.text "requires-python" (content.requires-python or null);
        environments = all forms.text "supported-markers" (content.supported-markers or [ ]);
        conflicts = map (set: map item (forms.list "conflicts" set)) (forms.list "conflicts" (content.conflicts or [ ]));
        manifest = manifest // {
          members = map normalizeName (all forms.name "members" (manifest.members or [ ]));
        };
        inherit packages;
      };
    in
    if !(content ? version) || builtins.typeOf content.version != "int" then
      fail "it has no version"
    else if content.version != 1 then
      throw "${label}: version ${toString content.version} is not 1, which is read here; run uv lock with uv 0.13"
    else
      builtins.deepSeq lock (
        lock
        // {
          inherit label fail forms;
          byName = builtins.groupBy (package: package.name) packages;
          metadataOf = package: (entryOf package).metadata or null;
          filesOf =
            keep: package:
            map (held package) (text.filesOf keep ((entryOf package).wheels or [ ]));
          sdistOf =
            package:
            if package.kind == "registry" && entryOf package ? sdist then
              held package (text.fileOf (entryOf package).sdist)
            else
              null;
          # The one file of a package that is from no index, whose name is in its source.
          sourceOf =
            package:
            let
              entry = entryOf package;
              files = if entry ? sdist then [ (text.fileOf entry.sdist) ] else text.filesOf (_: true) (entry.wheels or [ ]);
            in
            uvSource forms package (if files == [ ] then null else (builtins.head files).hash);
        }
      );
}
