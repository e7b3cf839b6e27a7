# What nix/pyproject/pep508.nix makes of made-up markers.
#
# Type: { environments, markers }
#   environments  [ { python_version, … } ]: what markers are compared with
#   markers       [ { marker, environment, holds } ], where environment counts from 0 in environments
let
  inherit (import ./chance.nix) below pick times;
  inherit (import ./pep440.nix) notVersions;
  inherit (import ../../../nix/pyproject/strings.nix) splitOn;
  pep508 = import ../../../nix/pyproject/pep508.nix;
  systems = import ../../../nix/systems.nix;
  targets = import ./targets.nix;

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

  # The value, or null where our code throws.
  orNull =
    value:
    let
      tried = builtins.tryEval value;
    in
    if tried.success then tried.value else null;

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
in
{
  inherit environments markers;
}
