# pylock.toml: PEP 751.
#
# Type: { read, select }
let
  inherit (import ./strings.nix) normalizeName shown;
  lockForms = import ./lock-forms.nix;
  lockSources = import ./lock-sources.nix;
  lockText = import ./lock-text.nix { read = fromTOML; };
  pep440 = import ./pep440.nix;
  pep508 = import ./pep508.nix;
  fromTOML = import ./toml.nix;
  privateIndex = import ./private-index.nix;

  list = builtins.concatStringsSep ", ";

  # Where a package is from that is not from an index, as choose-wheels.nix has it, or null.
  # Type: forms -> label -> (entry -> { hash, … }) -> entry -> source or null
  sourceOf =
    forms: label: fileOf: entry:
    let
      sources = lockSources forms label;
      kind = builtins.head (builtins.filter (kind: entry ? ${kind}) [ "vcs" "directory" "archive" "wheels" ] ++ [ "none" ]);
      table = forms.table "${label}: ${kind}" entry.${kind};
      subdirectory = table.subdirectory or null;
      type = forms.name "${label}: vcs" (table.type or null);
    in
    {
      vcs =
        if type != "git" then
          sources.other "a ${type} repository"
        else
          sources.git {
            url = table.url or null;
            rev = table.commit-id or null;
            inherit subdirectory;
          };
      directory = sources.directory {
        path = table.path or null;
        inherit subdirectory;
      };
      archive =
        let
          inherit (fileOf table) hash;
        in
        if table ? url then
          sources.url {
            inherit (table) url;
            inherit hash subdirectory;
          }
        else
          sources.path {
            path = table.path or null;
            inherit hash subdirectory;
          };
    }
    .${kind} or null;

  # Whether it is the project itself, whose code is the app's.
  isOwnProject = entry: builtins.elem (entry.directory.path or null) [ "." "./" ];
in
{
  # Type: { path, reader } -> lock
  #   reader  the stage that reads it, with which errors begin
  #   lock = { label, fix, fail, requires-python, environments, extras, groups, default-groups, packages }
  #     fix       what makes the lock again
  #     packages  [ { name, version (or null), label, marker, requires-python, source, index, isOwnProject, filesOf,
  #                   sdist } ]
  #       filesOf  keep -> [ { file, hash } ]: its wheels, in lines that `keep` keeps
  #       source, index, sdist  as choose-wheels.nix has them
  # Throws if the lock is in another format, or has a value without its form.
  read =
    { path, reader }:
    let
      text = lockText (builtins.readFile path);
      inherit (text) content;
      label = "${reader}: ${toString path}";
      tool = content.created-by or "the tool that made it";
      fix = "make it again with ${if builtins.isString tool then shown tool else "its tool"}";
      forms = lockForms {
        lock = label;
        inherit fix;
      };
      # The project that the lock lies beside, if any does.
      pyproject = dirOf path + "/pyproject.toml";
      isPrivateIndex = privateIndex (if builtins.pathExists pyproject then fromTOML (builtins.readFile pyproject) else { });
      names = at: values: map (name: normalizeName (forms.name at name)) (forms.list at values);
      version = forms.version "lock-version" (content.lock-version or null);

      packageOf =
        value:
        let
          entry = forms.table "packages" value;
          name = normalizeName (forms.name "a package" (entry.name or null));
          version = if entry ? version then forms.version name entry.version else null;
          label = if version == null then name else "${name} ${version}";
          held = file: {
            file = forms.file label file.file;
            hash = if file.hash == null then "no hash" else forms.hash label file.hash;
          };
        in
        {
          inherit name version label;
          marker = forms.text "${label}: marker" (entry.marker or "");
          requires-python = forms.text "${label}: requires-python" (entry.requires-python or "");
          source = sourceOf forms label text.fileOf entry;
          index =
            if isPrivateIndex (entry.index or null) then forms.url "${label}: index" entry.index else null;
          isOwnProject = isOwnProject entry;
          filesOf = keep: map held (text.filesOf keep (entry.wheels or [ ]));
          sdist = if entry ? sdist then held (text.fileOf entry.sdist) else null;
        };

      lock = {
        requires-python = forms.text "requires-python" (content.requires-python or "");
        environments = map (forms.text "environments") (forms.list "environments" (content.environments or [ ]));
        extras = names "extras" (content.extras or [ ]);
        groups = names "dependency-groups" (content.dependency-groups or [ ]);
        default-groups = names "default-groups" (content.default-groups or [ ]);
        packages = map packageOf (forms.list "packages" (content.packages or [ ]));
      };
      words = lock // {
        packages = map (package: removeAttrs package [ "filesOf" "sdist" ]) lock.packages;
      };
    in
    if builtins.match "1(\\.[0-9]+)?" version == null then
      throw "${label}: lock-version ${version} is not 1, which is read here; ${fix} in that format"
    else
      builtins.deepSeq words (
        lock
        // {
          inherit label fix;
          inherit (forms) fail;
        }
      );

  # The packages of some groups and extras that have to be installed, in the lock's order.
  # Type: { lock, target, groups, extras, wheels } -> [ package of the lock ]
  #   groups  "main" stands for the lock's default groups
  # Throws if the lock has no such group or extra, or was made for other versions of Python or other systems.
  select =
    {
      lock,
      target,
      groups,
      extras,
      wheels,
    }:
    let
      version = target.environment.python_full_version;
      wanted = map normalizeName groups;
      wantedExtras = map normalizeName extras;
      environment = target.environment // {
        extras = wantedExtras;
        dependency_groups = wanted ++ (if builtins.elem "main" wanted then lock.default-groups else [ ]);
      };
      knownGroups = [ "main" ] ++ builtins.filter (name: name != "main") lock.groups;
      unknownGroups = builtins.filter (group: !builtins.elem group knownGroups) wanted;
      unknownExtras = builtins.filter (extra: !builtins.elem extra lock.extras) wantedExtras;
      given = map normalizeName (builtins.attrNames wheels);
      strangers = builtins.filter (name: builtins.all (package: package.name != name) lock.packages) given;

      fitsPython =
        at: specifiers:
        let
          fits = pep440.allows specifiers version;
        in
        if fits == null then lock.fail "${at}${shown specifiers} is no range of Python versions" else fits;
      selected = builtins.filter (
        package: package.marker == "" || pep508.evaluate environment package.marker
      ) lock.packages;
      tooOld = builtins.filter (package: !fitsPython "${package.label}: " package.requires-python) selected;
      other = builtins.head tooOld;
    in
    if !fitsPython "" lock.requires-python then
      throw "${lock.label}: made for Python ${lock.requires-python}, not ${version}; ${lock.fix} for that version"
    else if lock.environments != [ ] && !builtins.any (pep508.evaluate target.environment) lock.environments then
      throw "${lock.label}: made for other systems than that of ${target.description}; ${lock.fix} for that one"
    else if unknownGroups != [ ] then
      throw "${lock.label}: no group ${list unknownGroups}; it has ${list knownGroups}"
    else if unknownExtras != [ ] then
      throw "${lock.label}: no extra ${list unknownExtras}; it has ${if lock.extras == [ ] then "none" else list lock.extras}"
    else if strangers != [ ] then
      throw "${lock.label}: wheels.${builtins.head strangers}: the lock has no such package; remove it"
    else if tooOld != [ ] then
      lock.fail "${other.label} is made for Python ${other.requires-python}, not ${version}"
    else
      builtins.filter (package: builtins.elem package.name given || !package.isOwnProject) selected;
}
