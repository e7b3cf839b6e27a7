# Environment markers: PEP 508, with the extras of PEP 685, and the sets of PEP 751 where an environment has them.
#
# Type: { environment, evaluate }
let
  inherit (import ./strings.nix) hasInfix normalizeName shown;
  pep440 = import ./pep440.nix;

  implementations.cpython = "CPython";

  # Variables that hold versions; comparing them follows PEP 440 where that is possible.
  versionVariables = {
    implementation_version = null;
    platform_release = null;
    python_full_version = null;
    python_version = null;
  };

  # Variables that hold several names, in the markers of lock files: [ normal name ].
  setVariables = {
    extras = null;
    dependency_groups = null;
  };

  # Older spellings, which metadata still has.
  aliases = {
    "os.name" = "os_name";
    "sys.platform" = "sys_platform";
    "platform.version" = "platform_version";
    "platform.machine" = "platform_machine";
    "platform.python_implementation" = "platform_python_implementation";
    python_implementation = "platform_python_implementation";
  };

  # What each variable is for a Python on Linux. The kernel is that of the machine where an image runs, so its
  # release and version are not known.
  # Type: { systems, python } -> environment
  environment =
    { systems, python }:
    {
      os_name = "posix";
      sys_platform = "linux";
      platform_system = "Linux";
      platform_machine = systems.${python.system}.wheel;
      platform_release = "";
      platform_version = "";
      platform_python_implementation = implementations.${python.implementation};
      implementation_name = python.implementation;
      implementation_version = python.version;
      python_full_version = python.version;
      python_version = builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" python.version);
      # The names of the extras that were asked for.
      extra = [ ];
    };

  # Type: { <operator> = left string -> right string -> bool; }
  compareStrings = {
    "==" = left: right: left == right;
    "!=" = left: right: left != right;
    "<=" = left: right: left == right;
    ">=" = left: right: left == right;
    "<" = _: _: false;
    ">" = _: _: false;
    "in" = hasInfix;
    "not in" = left: right: !hasInfix left right;
  };

  operators = compareStrings // {
    "~=" = null;
    "===" = null;
  };

  # Whether a marker holds. Throws if it has an error anywhere, also in a part that does not decide.
  # Type: environment -> string -> bool
  # Example: evaluate (environment { inherit systems python; }) "python_version < '3.11'"
  evaluate =
    env: marker:
    let
      pieces = builtins.split "('[^']*'|\"[^\"]*\"|[()]|[<>=!~]+|[A-Za-z_][A-Za-z0-9_.]*)" marker;
      isSpace = piece: builtins.isString piece && builtins.match "[ \t]*" piece != null;
      tokens = map (piece: if builtins.isList piece then builtins.head piece else piece) (
        builtins.filter (piece: !isSpace piece) pieces
      );
      token = i: if i < builtins.length tokens then builtins.elemAt tokens i else "the end";
      fail = what: throw "pyproject: marker ${shown marker}: ${shown what}; make the lock again with a newer version of its tool";
      expected = what: i: fail "expected ${what}, not ${token i}";

      # From here on: index of a token -> { holds = bool, next = index of the token that follows }. `next` depends on
      # the whole syntax, `holds` only on what decides it.

      # An item, or several that are joined by a word.
      # Type: word -> (bool -> bool -> bool) -> (index -> result) -> index -> result
      joined =
        word: join: item: i:
        let
          first = item i;
          rest = joined word join item (first.next + 1);
        in
        if token first.next != word then
          first
        else
          {
            holds = join first.holds rest.holds;
            inherit (rest) next;
          };
      conjunction = joined "and" (left: right: left && right) atom;
      disjunction = joined "or" (left: right: left || right) conjunction;

      atom =
        i:
        let
          inner = disjunction (i + 1);
        in
        if token i != "(" then
          comparison i
        else if token inner.next != ")" then
          expected ")" inner.next
        else
          inner // { next = inner.next + 1; };

      # Type: index -> { variable = name or null, value = string or, for extra and sets, [ string ] }
      operand =
        i:
        let
          quoted = builtins.match "['\"](.*)['\"]" (token i);
          name = aliases.${token i} or (token i);
        in
        if quoted != null then
          {
            variable = null;
            value = builtins.head quoted;
          }
        else if env ? ${name} then
          {
            variable = name;
            value = env.${name};
          }
        else
          expected "a variable or a quoted string" i;

      comparison =
        i:
        let
          left = operand i;
          negated = token (i + 1) == "not" && token (i + 2) == "in";
          operator = if negated then "not in" else token (i + 1);
          next = i + (if negated then 4 else 3);
          right = operand (next - 1);
          variable = if left.variable != null then left.variable else right.variable;
        in
        if !operators ? ${operator} then
          expected "an operator" (i + 1)
        else if (left.variable == null) == (right.variable == null) then
          fail "${operator} needs a variable on one side"
        else
          {
            inherit next;
            holds =
              if variable == "extra" then
                compareExtra operator (if left.variable == null then left.value else right.value)
              else if setVariables ? ${variable} then
                (if right.variable == null then fail "${variable} stands after in" else compareSet operator left.value right.value)
              else
                compare variable operator left.value right.value;
          };

      compareExtra =
        operator: name:
        let
          wanted = builtins.elem (normalizeName name) env.extra;
        in
        {
          "==" = wanted;
          "!=" = !wanted;
        }
        .${operator} or (fail "extra ${operator} has no meaning");

      compareSet =
        operator: name: names:
        let
          has = builtins.elem (normalizeName name) names;
        in
        {
          "in" = has;
          "not in" = !has;
        }
        .${operator} or (fail "${operator} says nothing of several names");

      compare =
        variable: operator: left: right:
        let
          fits = if versionVariables ? ${variable} then pep440.specifier operator right else null;
        in
        if fits != null then
          fits left
        else
          (compareStrings.${operator} or (fail "${variable} ${operator} has no meaning")) left right;

      whole = disjunction 0;
    in
    # Each parenthesis takes a place on Nix's stack.
    if builtins.length tokens > 2000 then
      fail "more than 2000 words"
    else if whole.next != builtins.length tokens then
      expected "and, or, the end" whole.next
    else
      whole.holds;
in
{
  inherit environment evaluate;
}
