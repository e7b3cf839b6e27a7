# What a project wants of its uv.lock.
#
# Type: { select }
let
  inherit (import ../pyproject/strings.nix) normalizeName unique;
  fromTOML = import ../pyproject/toml.nix;
  pep440 = import ../pyproject/pep440.nix;
  pep508 = import ../pyproject/pep508.nix;
  closure = import ./uv-closure.nix;
  whyStale = import ./uv-freshness.nix;

  list = builtins.concatStringsSep ", ";
  normalNames = attrs: map normalizeName (builtins.attrNames attrs);

  # Sources that are a folder, and where it is.
  folder = package: package.source.editable or package.source.virtual or package.source.directory or null;
in
{
  # The packages of some groups and extras that have to be installed, in the lock's order.
  # Type: { lock, projectDir, package (name or null), target, groups, extras, wheels } -> [ package of the lock ]
  # Throws if the lock has no such member, group or extra, was made from another pyproject.toml, or for other versions
  # of Python.
  select =
    {
      lock,
      projectDir,
      package,
      target,
      groups,
      extras,
      wheels,
    }:
    let
      inherit (lock) fail forms;
      inherit (target) environment;
      version = environment.python_full_version;
      fitsPython = pep440.allows lock.requires-python version;

      pyprojectOf =
        path:
        let
          file = if path == "." then projectDir + "/pyproject.toml" else projectDir + "/${path}/pyproject.toml";
        in
        if builtins.pathExists file then
          { inherit file; content = fromTOML (builtins.readFile file); }
        else
          fail "${toString file} is not there";
      top = pyprojectOf ".";
      topName = top.content.project.name or null;

      folders = builtins.filter (package: folder package != null) lock.packages;
      isMember =
        package:
        folder package != null
        && (if lock.manifest.members == [ ] then folder package == "." else builtins.elem package.name lock.manifest.members);
      members = builtins.filter isMember folders;
      member =
        name:
        let
          found = builtins.filter (package: package.name == normalizeName name) members;
        in
        if found == [ ] then
          throw "${lock.label}: ${name} is not among the workspace's members, which are ${
            list (map (package: package.name) members)
          }; name one of these, or run uv lock"
        else
          builtins.head found;
      roots =
        if package != null then
          [ (member package) ]
        else if topName != null then
          [ (member (forms.name "name of ${toString top.file}" topName)) ]
        else
          members;

      # What is not installed as others are, since it is the app itself.
      ownProject = if package == null && topName == null then [ ] else roots;

      # A group of a member, or else of the workspace's own project.
      workspaceRoot = builtins.filter (package: folder package == ".") members;
      manifestGroups = forms.table "manifest" (lock.manifest.dependency-groups or { });
      groupsOf = builtins.concatMap (
        package:
        let
          own = (pyprojectOf (folder package)).content;
        in
        builtins.attrNames package.groups
        ++ normalNames (own.dependency-groups or { })
        ++ (if own ? tool.uv.dev-dependencies then [ "dev" ] else [ ])
      );
      edgeOf = requirement: {
        name = normalizeName (forms.name "dependency-groups" (requirement.name or null));
        version = null;
        source = null;
        extra = map normalizeName (requirement.extras or [ ]);
        marker = forms.text "dependency-groups" (requirement.marker or "");
        byMarkers = true;
      };
      groupEdges =
        group:
        let
          having = builtins.filter (package: builtins.elem group (groupsOf [ package ]));
          owners = if having roots != [ ] then having roots else having workspaceRoot;
          ofWorkspace = builtins.filter (name: normalizeName name == group) (builtins.attrNames manifestGroups);
        in
        map (owner: {
          inherit group;
          package = owner.name;
          # The lock leaves groups out that are empty.
          edges = owner.groups.${group} or [ ];
        }) owners
        ++ map (name: {
          inherit group;
          package = null;
          edges = map edgeOf manifestGroups.${name};
        }) ofWorkspace;

      wantedGroups = map normalizeName groups;
      wantedExtras = map normalizeName extras;
      knownGroups = unique ([ "main" ] ++ groupsOf (roots ++ workspaceRoot) ++ normalNames manifestGroups);
      knownExtras = unique (
        builtins.concatMap (
          root: builtins.attrNames root.extras ++ map normalizeName ((lock.metadataOf root).provides-extras or [ ])
        ) roots
      );
      unknownGroups = builtins.filter (group: !builtins.elem group knownGroups) wantedGroups;
      unknownExtras = builtins.filter (extra: !builtins.elem extra knownExtras) wantedExtras;

      selected = closure {
        inherit lock environment roots;
        main = builtins.elem "main" wantedGroups;
        extras = wantedExtras;
        groups = builtins.concatMap groupEdges wantedGroups;
      };
      stale = builtins.filter (why: why != null) (
        map (
          package:
          let
            own = pyprojectOf (folder package);
          in
          builtins.seq own.content whyStale {
            pyproject = own.content;
            workspace = top.content;
            metadata = lock.metadataOf package;
            inherit environment;
            at = toString own.file;
          }
        ) (builtins.filter isMember selected ++ roots)
      );
      given = map normalizeName (builtins.attrNames wheels);
      strangers = builtins.filter (name: !(lock.byName ? ${name})) given;
      isInstalled =
        package:
        builtins.elem package.name given || !(builtins.any (own: own.index == package.index) ownProject || package.kind == "virtual");
    in
    if fitsPython == null then
      fail "${lock.requires-python} is no range of Python versions"
    else if !fitsPython then
      throw "${lock.label}: made for Python ${lock.requires-python}, not ${version}; change requires-python in pyproject.toml and run uv lock"
    else if lock.environments != [ ] && !builtins.any (pep508.evaluate environment) lock.environments then
      throw "${lock.label}: made for other systems than that of ${target.description}; change tool.uv.environments in pyproject.toml and run uv lock"
    else if unknownGroups != [ ] then
      throw "${lock.label}: no group ${list unknownGroups}; it has ${list knownGroups}"
    else if unknownExtras != [ ] then
      throw "${lock.label}: no extra ${list unknownExtras}; it has ${
        if knownExtras == [ ] then "none" else list knownExtras
      }"
    else if strangers != [ ] then
      throw "${lock.label}: wheels.${builtins.head strangers}: the lock has no such package; remove it"
    else if stale != [ ] then
      fail (builtins.head stale)
    else
      builtins.filter isInstalled selected;
}
