# What nix/pyproject makes of several thousand made-up inputs; the tests compare it with PyPA's `packaging`.
#
# Type: { versions, specifiers, environments, markers, platforms, wheels, choices }, all of them JSON
let
  source = ../../nix/pyproject;
  systems = import ../../nix/systems.nix;
  inherit (import (source + "/strings.nix")) splitOn;
  pep440 = import (source + "/pep440.nix");
  pep508 = import (source + "/pep508.nix");
  pep425 = import (source + "/pep425.nix");
  pep600 = import (source + "/pep600.nix");

  # Chance: a seed is a string, the same seed always gives the same.
  hexDigits = builtins.listToAttrs (
    builtins.genList (value: {
      name = builtins.substring value 1 "0123456789abcdef";
      inherit value;
    }) 16
  );
  below =
    limit: seed:
    let
      hash = builtins.hashString "sha256" seed;
      digit = i: hexDigits.${builtins.substring i 1 hash};
      number = builtins.foldl' (sum: i: sum * 16 + digit i) 0 (builtins.genList (i: i) 8);
    in
    number - (number / limit) * limit;
  pick = list: seed: builtins.elemAt list (below (builtins.length list) seed);
  times = count: prefix: make: builtins.genList (i: make "${prefix}/${toString i}") count;

  # The value, or null where our code throws.
  orNull =
    value:
    let
      tried = builtins.tryEval value;
    in
    if tried.success then tried.value else null;

  # PEP 440
  releases = [ "0" "1" "1.0" "1.0.0" "1.1" "1.2" "1.10" "1.2.0.1" "2" "3.9" "3.9.0" "3.9.2" "3.10" "3.11.2" "2026.11.22" "01.02" ];
  version =
    seed:
    builtins.concatStringsSep "" [
      (pick [ "" "" "" "" "" "v" "1!" "0!" " " ] "${seed}/epoch")
      (pick releases "${seed}/release")
      (pick [ "" "" "" "" "a1" "b2" "rc1" ".alpha.1" "-beta-2" "_c3" "RC" "pre4" "preview" ] "${seed}/pre")
      (pick [ "" "" "" "" ".post1" "-1" "post2" ".rev3" "-r4" ".POST" ] "${seed}/post")
      (pick [ "" "" "" ".dev1" "dev" "-DEV2" "_dev.3" ] "${seed}/dev")
      (pick [ "" "" "" "+local" "+1" "+abc.1" "+1-2" "+Ubuntu_1.10" ] "${seed}/local")
    ];
  # Versions that differ in their local part alone.
  localVersion = seed: "1.0${pick [ "" "+0" "+1" "+2" "+10" "+1.2" "+a" "+a.1" "+a.b" "+b" "+1a" "+A" "+1.a" ] seed}";
  notVersions = [ "" "." "1." "1..0" "abc" "1.0+" "1.0-" "1.0a1b2" "1.0.dev1.post1" "1.0 2" "1.*" "+1" "!1" "1!" "1.0.0.x" "3.9.2+!" ];
  anyVersion = seed: if below 20 seed == 0 then pick notVersions seed else version seed;

  versions = times 2000 "versions" (
    seed:
    let
      kind = if below 4 seed == 0 then localVersion else anyVersion;
      left = kind "${seed}/left";
      right = kind "${seed}/right";
      parsedLeft = pep440.parse left;
      parsedRight = pep440.parse right;
    in
    {
      inherit left right;
      valid = parsedLeft != null;
      less = if parsedLeft == null || parsedRight == null then null else pep440.less parsedLeft parsedRight;
    }
  );

  comparisons = [ "==" "!=" "<=" ">=" "<" ">" "~=" "===" ];

  specifiers = times 4000 "specifiers" (
    seed:
    let
      operator = pick comparisons "${seed}/operator";
      exact = anyVersion "${seed}/operand";
      operand = if below 5 "${seed}/prefix" == 0 then "${pick releases "${seed}/operand"}.*" else exact;
      # Often a near relation, where the exceptions of PEP 440 are.
      candidate = pick [
        (anyVersion "${seed}/version")
        exact
        "${exact}.post1"
        "${exact}.dev1"
        "${exact}+local"
        "${exact}a1"
        "${exact}.0"
      ] "${seed}/candidate";
      test = pep440.specifier operator operand;
    in
    {
      inherit operator operand;
      version = candidate;
      contains = if test == null then null else test candidate;
    }
  );

  # PEP 508
  pythons = [
    {
      version = "3.9.2";
      glibc = "2.31";
    }
    {
      version = "3.11.2";
      glibc = "2.36";
    }
    {
      version = "3.13.5";
      glibc = "2.41";
    }
    {
      version = "3.14.0rc1";
      glibc = "2.17";
    }
    {
      version = "3.10.20";
      glibc = "2.4";
    }
  ];

  targets = builtins.concatMap (
    python:
    map (
      system:
      python
      // {
        inherit system;
        implementation = "cpython";
        arch = systems.${system}.wheel;
      }
    ) (builtins.attrNames systems)
  ) pythons;

  environments = builtins.concatMap (
    python:
    let
      environment = pep508.environment { inherit systems python; };
    in
    [
      environment
      (environment // { extra = [ "standard-x" ]; })
    ]
  ) targets;

  quote = seed: value: if below 2 seed == 0 then "'${value}'" else "\"${value}\"";

  versionValues = [ "2.7" "3" "3.0" "3.8" "3.9" "3.9.2" "3.9.*" "3.10" "3.11" "3.11.0rc1" "3.13" "3.14" "4.0" "3.11.*" "3.14.0a1" ];
  stringVariables = {
    os_name = [ "posix" "nt" "" ];
    "os.name" = [ "posix" "java" ];
    sys_platform = [ "linux" "linux2" "win32" "darwin" ];
    "sys.platform" = [ "linux" "cygwin" ];
    platform_machine = [ "x86_64" "aarch64" "arm64" "AMD64" ];
    "platform.machine" = [ "x86_64" "armv7l" ];
    platform_system = [ "Linux" "Windows" "linux" ];
    platform_version = [ "" "1" ];
    platform_python_implementation = [ "CPython" "PyPy" "cpython" ];
    "platform.python_implementation" = [ "CPython" "Jython" ];
    python_implementation = [ "CPython" "PyPy" ];
    implementation_name = [ "cpython" "pypy" ];
  };
  versionVariables = [ "python_version" "python_full_version" "implementation_version" "platform_release" ];

  # Tokens of one comparison, in either order.
  compared =
    operators: seed: variable: value:
    let
      operator = pick operators "${seed}/operator";
      quoted = quote "${seed}/quote" value;
      turned = below 4 "${seed}/turned" == 0;
    in
    [ (if turned then quoted else variable) ] ++ splitOn " " operator ++ [ (if turned then variable else quoted) ];

  comparison =
    seed:
    let
      name = pick (builtins.attrNames stringVariables) "${seed}/name";
    in
    pick [
      (compared [ "==" "!=" "<=" ">=" "<" ">" ] seed (pick versionVariables "${seed}/variable") (
        pick versionValues "${seed}/value"
      ))
      (compared [ "in" "not in" ] seed (pick versionVariables "${seed}/variable") (
        pick [ "3.9 3.10" "3.11, 3.13" "3.1" "" ] "${seed}/value"
      ))
      (compared [ "==" "!=" "in" "not in" "<" ">=" ] seed name (pick stringVariables.${name} "${seed}/value"))
      (compared [ "==" "!=" ] seed "extra" (pick [ "standard-x" "Standard_X" "standard.x" "other" ] "${seed}/value"))
    ] "${seed}/kind";

  # Comparisons that need not have a meaning.
  wildComparison =
    seed:
    compared [ "~=" "===" "==" ">" "@" "=" "=>" ] seed
      (pick (versionVariables ++ [ "os_name" "nothing" "python_versions" "platform_machine" ]) "${seed}/variable")
      (pick (versionValues ++ notVersions) "${seed}/value");

  expression =
    depth: seed:
    let
      left = expression (depth - 1) "${seed}/left";
      right = expression (depth - 1) "${seed}/right";
      word = pick [ "and" "or" ] "${seed}/word";
    in
    if depth == 0 || below 4 "${seed}/leaf" == 0 then
      comparison seed
    else if below 3 "${seed}/parentheses" == 0 then
      [ "(" ] ++ left ++ [ word ] ++ right ++ [ ")" ]
    else
      left ++ [ word ] ++ right;

  without = i: list: builtins.concatLists (builtins.genList (n: if n == i then [ ] else [ (builtins.elemAt list n) ]) (builtins.length list));

  marker =
    seed:
    let
      whole = expression 3 seed;
      tokens =
        if below 8 "${seed}/wild" == 0 then
          wildComparison seed
        else if below 8 "${seed}/broken" == 0 then
          without (below (builtins.length whole) "${seed}/without") whole
        else
          whole;
    in
    builtins.concatStringsSep (pick [ " " " " "  " "\t" ] "${seed}/space") tokens;

  markers =
    times 3000 "markers" (
      seed:
      let
        text = marker seed;
        environment = below (builtins.length environments) "${seed}/environment";
      in
      {
        marker = text;
        inherit environment;
        holds = orNull (pep508.evaluate (builtins.elemAt environments environment) text);
      }
    )
    ++ map
      (marker: {
        inherit marker;
        environment = 0;
        holds = orNull (pep508.evaluate (builtins.head environments) marker);
      })
      [
        ""
        " "
        "()"
        "os_name=='posix'and(python_version>='3')"
        "os_name == 'posix\""
        "'it''s' == os_name"
        "python_version >= '3' or"
        "not os_name == 'posix'"
        "os_name == 'posix') or (os_name == 'nt'"
      ];

  # PEP 425 and PEP 600
  platforms = map (target: {
    inherit (target) arch glibc;
    tags = pep600 { inherit (target) arch glibc; };
  }) targets;

  pythonTags = [ "cp39" "cp310" "cp311" "cp313" "cp36" "cp38" "py3" "py2.py3" "py39" "py310" "py2" "pp39" "cp314" "cp32" "cp310.cp311" "py30" "cp2" ];
  abiTags = [ "cp39" "cp310" "cp311" "cp313" "abi3" "abi3" "none" "none" "cp313t" "cp36m" "pypy39_pp73" "cp311.abi3" "cp314" ];
  platformTags =
    arch:
    [ "any" "win_amd64" "macosx_11_0_arm64" "linux_${arch}" "musllinux_1_2_${arch}" "any.win32" ]
    ++ map (tag: "${tag}_${arch}") [
      "manylinux1"
      "manylinux2010"
      "manylinux2014"
      "manylinux_2_5"
      "manylinux_2_17"
      "manylinux_2_28"
      "manylinux_2_31"
      "manylinux_2_35"
      "manylinux_2_39"
      "manylinux_2_17_${arch}.manylinux2014"
      "manylinux_2_28_${arch}.manylinux_2_34"
    ];

  # A fitting tag often, so that there is a choice to make.
  wheelName =
    target: seed:
    let
      minor = builtins.elemAt (splitOn "\\." target.version) 1;
      likely = below 2 "${seed}/likely" == 0;
      arch = pick [ target.arch target.arch "x86_64" "aarch64" "i686" ] "${seed}/arch";
    in
    builtins.concatStringsSep "-" [
      "some_project"
      "1.0"
      (pick [ "" "" "" "" "1-" "2-" "10-" "10a-" ] "${seed}/build" + (if likely then "cp3${minor}" else pick pythonTags "${seed}/python"))
      (if likely then pick [ "cp3${minor}" "abi3" "none" ] "${seed}/abi" else pick abiTags "${seed}/abi")
      (pick (platformTags arch) "${seed}/platform")
    ]
    + pick [ ".whl" ".whl" ".whl" ".whl" ".whl" ".whl" ".whl" ".tar.gz" "-extra.whl" ] "${seed}/suffix";

  tagsOf =
    target:
    pep425.supported {
      inherit (target) version;
      platforms = pep600 { inherit (target) arch glibc; };
    };
  describe = target: { inherit (target) version arch glibc; };

  wheels = times 3000 "wheels" (
    seed:
    let
      target = pick targets "${seed}/target";
      filename = wheelName target seed;
      parsed = pep425.parse filename;
    in
    describe target
    // {
      inherit filename;
      valid = parsed != null;
      fits = parsed != null && pep425.rank (tagsOf target) parsed != null;
    }
  );

  choices = times 1000 "choices" (
    seed:
    let
      target = pick targets "${seed}/target";
      files = times 8 seed (wheelName target);
      best = pep425.best (tagsOf target) (map (file: { inherit file; }) files);
    in
    describe target
    // {
      inherit files;
      best = if best == null then null else best.file;
    }
  );
in
{
  inherit versions specifiers environments markers platforms wheels choices;
}
