# TOML as tools write it, for Nix's own reader, which knows neither dates nor inline tables of several lines (TOML 1.1).
#
# A date becomes the string of its text. The text is walked through from one character that can matter to the next, so
# that what stands in strings and comments stays as it is, of whatever length.
#
# Type: string -> value
# Example: (fromTOML "at = 2026-01-01T00:00:00Z").at == "2026-01-01T00:00:00Z"
text:
let
  date = "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9:.]+([Zz]|[+-][0-9:]+)?)?|[0-9]{2}:[0-9]{2}(:[0-9.]+)?";
  pieces = builtins.split "(\\\\'''|\\\\[\"'\\\\]|\"{3,6}|'{3,6}|[\"'#,{}\n]|${date})" text;
  pieceAt = builtins.elemAt pieces;

  # Outside of these, all is code. A string ends with the quotes that it begins with, which backslashes keep from that in
  # some only.
  kindOf =
    token:
    {
      "\"" = "basic";
      "'" = "literal";
      "#" = "comment";
    }.${token} or (
      if builtins.match "\"{3,5}" token != null then
        "long basic"
      else if builtins.match "'{3,5}" token != null then
        "long literal"
      else
        "code"
    );
  ends = kind: token: {
    basic = token == "\"";
    literal = token == "'" || token == "\\'";
    comment = token == "\n";
    "long basic" = builtins.match "\"{3,6}" token != null;
    "long literal" = builtins.match "\\\\?'{3,6}" token != null;
  }.${kind};

  isDate = token: builtins.match date token != null;
  # Whether a date is a value, rather than a part of a key such as v-2026-01-01.
  standsAlone =
    i:
    let
      before = pieceAt (i - 1);
      after = pieceAt (i + 1);
      length = builtins.stringLength before;
      isWord = char: builtins.match "[A-Za-z0-9_.-]" char != null;
    in
    !(length > 0 && isWord (builtins.substring (length - 1) 1 before)) && !isWord (builtins.substring 0 1 after);

  # What is written in the place of token i and of the text before it.
  #   kind    what token i is in
  #   depth   how many inline tables are open
  #   comma   whether one is due, unless its table ends here
  step =
    state: i:
    let
      token = builtins.head (pieceAt i);
      before = pieceAt (i - 1);
      isBlank = builtins.match "[ \t\r]*" before != null;
      due = if state.comma && !isBlank then "," else "";
      stillDue = state.comma && isBlank;
      inTable = state.depth > 0;
    in
    if state.kind == "comment" then
      let
        over = token == "\n";
      in
      state
      // {
        kind = if over then "code" else "comment";
        out = if inTable then (if over then " " else "") else before + token;
      }
    else if state.kind != "code" then
      state
      // {
        kind = if ends state.kind token then "code" else state.kind;
        out = before + token;
      }
    else if token == "," && inTable then
      state // { comma = true; out = due + before; }
    else if token == "\n" && inTable then
      state // { comma = stillDue; out = due + builtins.replaceStrings [ "\r" ] [ "" ] before + " "; }
    else if token == "#" && inTable then
      state // { kind = "comment"; comma = stillDue; out = due + before; }
    else if token == "}" then
      {
        inherit (state) kind;
        depth = state.depth - 1;
        comma = false;
        out = due + before + token;
      }
    else
      {
        kind = kindOf token;
        depth = state.depth + (if token == "{" then 1 else 0);
        comma = false;
        out =
          (if state.comma then "," else "") + before + (if isDate token && standsAlone i then "\"${token}\"" else token);
      };

  last = builtins.length pieces - 1;
  walk = builtins.genericClosure {
    startSet = [
      {
        key = -1;
        state = {
          kind = "code";
          depth = 0;
          comma = false;
          out = "";
        };
      }
    ];
    operator =
      { key, state }:
      let
        next = step state (key + 2);
      in
      if key + 2 > last then
        [ ]
      else
        # Each state is known before the next is asked for, or else they would pile up on the stack.
        builtins.deepSeq next [
          {
            key = key + 2;
            state = next;
          }
        ];
  };
in
builtins.fromTOML (builtins.concatStringsSep "" (map (step: step.state.out) walk) + pieceAt last)
