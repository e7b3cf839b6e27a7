# Of each package that a lock selects, the wheel that an environment gets: one that the user gives, the lock's best, or
# one that is to be built of the source that the lock has.
#
# Type: { lock, fix, base, target, wheels ? { } } -> [ package ] -> [ wheel ]
#   lock     the reader and the lock's path, with which errors begin
#   fix      what makes the lock again, with which errors end that this would mend
#   base     the folder to which paths in the lock are relative
#   target   of targetOf
#   wheels   { <name> = path; }: files in the place of what the lock has
#   package  { name, version (or null), holding ? [ ], source, index ? null, files, sdist, offered }
#     holding  [ marker ]: those by which the lock selects it
#     source   null for a package of an index, else one of lock-sources.nix
#     index    the URL of a private index, if it is from one
#     files    [ { file, hash } ]: those that can fit
#     sdist    { file, hash }, or null
#     offered  [ name ]: all files that the lock has of it
#   wheel    one of those that default.nix describes
# Throws if a version or wheel is ambiguous, or if packages have neither a wheel that fits nor a source: one error names
# all of these.
{
  lock,
  fix,
  base,
  target,
  wheels ? { },
}:
packages:
let
  inherit (import ./strings.nix) normalizeName shown;
  pep425 = import ./pep425.nix;
  pep440 = import ./pep440.nix;
  inherit (import ./choose-source.nix { inherit base target; }) fetched ofSdist ofSource;

  list = builtins.concatStringsSep ", ";
  label = package: if package.version or null == null then package.name else "${package.name} ${package.version}";

  # The first few of many names.
  some =
    names:
    let
      most = 4;
      count = builtins.length names;
    in
    if count <= most then
      list names
    else
      "${list (builtins.genList (builtins.elemAt names) most)} and ${toString (count - most)} more";

  givenFiles = builtins.listToAttrs (
    map (name: {
      name = normalizeName name;
      value = wheels.${name};
    }) (builtins.attrNames wheels)
  );

  # The name of a file, without what the store puts before it.
  fileName =
    path:
    let
      stored = builtins.match "[0-9a-z]{32}-(.*)" (baseNameOf path);
    in
    builtins.unsafeDiscardStringContext (
      if stored != null && dirOf path == builtins.storeDir then builtins.head stored else baseNameOf path
    );

  given =
    package:
    let
      path = givenFiles.${normalizeName package.name};
      filename = fileName path;
      wheel = pep425.parse filename;
      name = if wheel == null then null else normalizeName wheel.distribution;
      publicOf = version: pep440.parse version // { local = [ ]; };
      parsed = pep440.parse wheel.version;
      isOtherVersion =
        package.version or null != null && parsed != pep440.parse package.version && publicOf wheel.version != pep440.parse package.version;
      fail = what: throw "${lock}: wheels.${package.name}: ${shown filename} ${what}";
    in
    if name != normalizeName package.name then
      fail "is no wheel of ${package.name}; name a file such as ${fileNameOf package.name}"
    else if pep425.rank target.tags wheel == null then
      fail "does not fit ${target.description}; build it for that"
    else if parsed == null || isOtherVersion then
      fail "is not version ${package.version}, which the lock has; build that one"
    else
      {
        project = package.name;
        inherit (wheel) version;
        inherit filename path;
      };

  # Type: package -> { wheel } or { why }
  ofIndex =
    package:
    let
      best = pep425.best target.tags package.files;
      offered = builtins.filter (name: pep425.parse name != null) package.offered;
    in
    if best != null then
      fetched package best
    else if package.sdist != null then
      ofSdist package package.sdist
    else
      {
        why = "no wheel fits ${target.description}; the lock offers: ${
          if offered == [ ] then "no file" else some offered
        }";
      };

  choose =
    package:
    if givenFiles ? ${normalizeName package.name} then
      { wheel = given package; }
    else if package.source != null then
      ofSource package
    else
      ofIndex package;

  # Versions of one package, with the markers that overlap if each has some.
  both =
    packages:
    let
      markers = package: map shown (package.holding or [ ]);
      labelAndMarkers = package: "${label package} (${builtins.concatStringsSep " or " (markers package)})";
    in
    if builtins.any (package: markers package == [ ]) packages then
      "${list (map label packages)} at once"
    else
      "${list (map labelAndMarkers packages)} at once, as these markers overlap";
  twice = builtins.filter (versions: builtins.length versions > 1) (
    builtins.attrValues (builtins.groupBy (package: normalizeName package.name) packages)
  );
  choices = map (package: { inherit package; } // choose package) packages;
  fileNameOf = name: "${builtins.replaceStrings [ "-" ] [ "_" ] name}-VERSION-py3-none-any.whl";
  missing = builtins.filter (choice: choice ? why) choices;
  first = (builtins.head missing).package.name;
in
if twice != [ ] then
  throw "${lock}: ${target.description} would get ${both (builtins.head twice)}; ${fix}"
else if missing != [ ] then
  throw "${lock}: ${
    builtins.concatStringsSep "; " (map (choice: "${label choice.package}: ${choice.why}") missing)
  }; require a version that has a wheel, or build one and give wheels.${first} = ./${fileNameOf first}"
else
  map (choice: choice.wheel) choices
