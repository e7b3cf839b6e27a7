# Names of wheels, and which of them fit a Python: PEP 425, PEP 427.
#
# Type: { parse, supported, rank, best, mayFit }
let
  inherit (import ./strings.nix) hasInfix splitOn toLower toInt;

  # { <string> = its place in the list; }
  places =
    list:
    builtins.listToAttrs (
      builtins.genList (i: {
        name = builtins.elemAt list i;
        value = i;
      }) (builtins.length list)
    );

  downTo = first: last: builtins.genList (i: first - i) (if first < last then 0 else first - last + 1);
in
rec {
  # What a file's name says of a wheel; null for a name that is none of a wheel.
  # Type: string -> wheel or null
  #   wheel = { distribution, version, build = [ ] or [ number rest ], pythons, abis, platforms = [ string ] }
  # Example: (parse "idna-3.20-py3-none-any.whl").abis == [ "none" ]
  parse =
    filename:
    let
      stem = builtins.match "(.*)\\.whl" filename;
      parts = splitOn "-" (builtins.head stem);
      part = builtins.elemAt parts;
      count = builtins.length parts;
      tags = i: splitOn "\\." (toLower (part (count - i)));
      build = builtins.match "([0-9]+)(.*)" (part 2);
    in
    if stem == null || count < 5 || count > 6 || (count == 6 && build == null) then
      null
    else
      {
        distribution = part 0;
        version = part 1;
        build = if count == 5 then [ ] else [ (toInt (builtins.head build)) (builtins.elemAt build 1) ];
        pythons = tags 3;
        abis = tags 2;
        platforms = tags 1;
      };

  # The tags that a CPython takes. Each has a rank, the place that it has among those that pip would try.
  # Type: { version ("3.9.2"), platforms = [ string ], best first } -> tags
  #   tags = { interpreters = { "<python>-<abi>" = rank; }; platforms = { <platform> = rank; }; }
  supported =
    { version, platforms }:
    let
      minor = builtins.fromJSON (builtins.head (builtins.match "3\\.([0-9]+).*" version));
      nodot = n: "3${toString n}";
      this = nodot minor;
    in
    {
      interpreters = places (
        [
          "cp${this}-cp${this}"
          "cp${this}-abi3"
          "cp${this}-none"
        ]
        # PEP 384: the stable interface began with 3.2.
        ++ map (n: "cp${nodot n}-abi3") (downTo (minor - 1) 2)
        ++ [
          "py${this}-none"
          "py3-none"
        ]
        ++ map (n: "py${nodot n}-none") (downTo (minor - 1) 0)
      );
      platforms = places platforms;
    };

  # How well a wheel fits: of two, the one whose list Nix orders first; null if it doesn't fit. Wheels without native code
  # come last, as in pip.
  # Type: tags -> wheel -> [ int ] or null
  rank =
    tags: wheel:
    let
      rankOf =
        python: abi: platform:
        let
          interpreter = tags.interpreters."${python}-${abi}" or null;
          place = tags.platforms.${platform} or null;
        in
        if interpreter == null then
          [ ]
        else if platform == "any" then
          (if abi == "none" then [ [ 1 interpreter 0 ] ] else [ ])
        else if place == null then
          [ ]
        else
          [ [ 0 interpreter place ] ];
      ranks = builtins.concatMap (
        python: builtins.concatMap (abi: builtins.concatMap (rankOf python abi) wheel.platforms) wheel.abis
      ) wheel.pythons;
    in
    if ranks == [ ] then null else builtins.head (builtins.sort (a: b: a < b) ranks);

  # Whether a text can hold the name of a wheel that fits: a quick look, which is true of some that do not.
  # Type: { version ("3.9.2"), arch ("x86_64") } -> string -> bool
  mayFit =
    { version, arch }:
    let
      this = builtins.concatStringsSep "" (builtins.match "(3)\\.([0-9]+).*" version);
      has = text: word: hasInfix word text;
    in
    text:
    builtins.any (has text) [
      "-any.whl"
      "_${arch}."
    ]
    && builtins.any (has text) [
      "none"
      "abi3"
      "cp${this}"
    ];

  # Of several files the one that fits best; of equals the one with the higher build number.
  # Type: tags -> [ { file, ... } ] -> { file, ... } or null
  best =
    tags: files:
    let
      candidates = builtins.concatMap (
        file:
        let
          wheel = parse file.file;
          fit = if wheel == null then null else rank tags wheel;
        in
        if fit == null then [ ] else [ { inherit file fit; inherit (wheel) build; } ]
      ) files;
      better = a: b: a.fit < b.fit || (a.fit == b.fit && b.build < a.build);
    in
    if candidates == [ ] then null else (builtins.head (builtins.sort better candidates)).file;
}
