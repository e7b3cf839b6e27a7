# Whether a uv.lock was made from a pyproject.toml, as far as an environment depends on it.
#
# uv notes what a member of the workspace required when it was locked. It writes markers in another way, so what is
# compared is what holds in the environment.
#
# Type: { pyproject, workspace, metadata, environment, at } -> string or null
#   pyproject  what the member's pyproject.toml holds; workspace: the same of the workspace's
#   metadata   the lock's note of the member, or null if it has none
#   at         the path of that pyproject.toml
#   The string says what differs.
{
  pyproject,
  workspace,
  metadata,
  environment,
  at,
}:
let
  inherit (import ../pyproject/strings.nix) hasInfix normalizeName shown;
  pep508 = import ../pyproject/pep508.nix;
  requirement = import ../pyproject/pep508-requirement.nix;

  project = pyproject.project or { };
  dynamic = project.dynamic or [ ];
  isStatic = key: !builtins.elem key dynamic;

  # Where uv takes these from is said elsewhere, which the lock notes in the place of versions.
  sources = builtins.listToAttrs (
    map (name: {
      name = normalizeName name;
      value = null;
    }) (builtins.attrNames (workspace.tool.uv.sources or { } // pyproject.tool.uv.sources or { }))
  );

  normalAttrs =
    attrs:
    builtins.listToAttrs (
      map (name: {
        name = normalizeName name;
        value = attrs.${name};
      }) (builtins.attrNames attrs)
    );

  # One requirement as a string, the same however it is written.
  key =
    {
      name,
      extras,
      specifiers,
      direct,
    }:
    let
      sorted = builtins.sort builtins.lessThan extras;
      versions = if sources ? ${name} then [ "*" ] else if direct then [ "@" ] else specifiers;
    in
    "${name}[${builtins.concatStringsSep "," sorted}]${builtins.concatStringsSep "," versions}";

  holds = extra: marker: builtins.match "[[:space:]]*" marker != null || pep508.evaluate (environment // { inherit extra; }) marker;

  # What is written in pyproject.toml.
  # Type: [ string ] -> { <key> = name; }
  declared =
    texts:
    builtins.listToAttrs (
      builtins.concatMap (
        text:
        let
          parsed = requirement.parse text;
        in
        if parsed == null then
          [ { name = text; value = shown text; } ]
        else if !holds [ ] parsed.marker then
          [ ]
        else
          [
            {
              name = key {
                inherit (parsed) name extras specifiers;
                direct = parsed.url != null;
              };
              value = parsed.name;
            }
          ]
      ) texts
    );

  # What the lock notes.
  # Type: [ extra ] -> [ entry ] -> { <key> = name; }
  noted =
    extra: entries:
    builtins.listToAttrs (
      builtins.concatMap (
        entry:
        if !holds extra (entry.marker or "") then
          [ ]
        else
          [
            {
              name = key {
                name = normalizeName entry.name;
                extras = map normalizeName (entry.extras or [ ]);
                specifiers = requirement.specifiers (entry.specifier or "");
                direct = builtins.any (kind: entry ? ${kind}) [ "git" "url" "path" "directory" "editable" "virtual" ];
              };
              value = entry.name;
            }
          ]
      ) entries
    );

  # The lists of a group, those that it includes among them.
  groups = normalAttrs (pyproject.dependency-groups or { });
  legacyDev = pyproject.tool.uv.dev-dependencies or null;
  groupNames = builtins.attrNames groups ++ (if legacyDev == null || groups ? dev then [ ] else [ "dev" ]);
  requirementsOf =
    seen: group:
    if builtins.elem group seen then
      [ ]
    else
      builtins.concatMap (
        entry:
        if builtins.isString entry then [ entry ] else requirementsOf (seen ++ [ group ]) (normalizeName (entry.include-group or ""))
      ) (groups.${group} or [ ])
      ++ (if group == "dev" && legacyDev != null then legacyDev else [ ]);

  # The name of a requirement that only one side has, or null.
  # Type: { <key> = name; } -> { <key> = name; } -> name or null
  difference =
    a: b:
    let
      only = builtins.attrValues (removeAttrs a (builtins.attrNames b) // removeAttrs b (builtins.attrNames a));
    in
    if only == [ ] then null else builtins.head only;

  main = declared (project.dependencies or [ ]);
  requiresDist = metadata.requires-dist or [ ];
  ofExtra = normalAttrs (project.optional-dependencies or { });
  ofGroup = normalAttrs (metadata.requires-dev or { });
  mentionsExtra = entry: hasInfix "extra" (entry.marker or "");
  always = noted [ ] requiresDist;

  comparisons =
    (
      if isStatic "dependencies" then
        [
          {
            where = "dependencies";
            name = difference main always;
          }
        ]
      else
        [ ]
    )
    ++ (
      if isStatic "dependencies" && isStatic "optional-dependencies" then
        map (extra: {
          where = "extra ${extra}";
          name = difference (main // declared (ofExtra.${extra} or [ ])) (
            always // noted [ extra ] (builtins.filter mentionsExtra requiresDist)
          );
        }) (builtins.attrNames ofExtra ++ builtins.filter (extra: !(ofExtra ? ${extra})) (metadata.provides-extras or [ ]))
      else
        [ ]
    )
    ++ map (group: {
      where = "group ${group}";
      name = difference (declared (requirementsOf [ ] group)) (noted [ ] (ofGroup.${group} or [ ]));
    }) (groupNames ++ builtins.filter (group: !builtins.elem group groupNames) (builtins.attrNames ofGroup));
  different = builtins.filter (comparison: comparison.name != null) comparisons;
  first = builtins.head different;
in
if metadata == null || different == [ ] then
  null
else
  "not made from this ${at}: ${shown first.name} in its ${first.where} differs"
