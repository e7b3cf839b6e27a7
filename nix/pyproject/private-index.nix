# Whether a project names an index itself, which makes it a private one: others are the machine's affair.
#
# Type: pyproject (what a pyproject.toml holds) -> URL, or null for none -> bool
# Example: private-index { tool.uv.index-url = "https://index.example/"; } "https://index.example" == true
pyproject:
let
  tool = pyproject.tool or { };
  uv = tool.uv or { };
  list = value: if builtins.isList value then value else [ value ];
  urls =
    map (source: source.url or null) (
      list (uv.index or [ ]) ++ list (tool.pdm.source or [ ]) ++ list (tool.poetry.source or [ ])
    )
    ++ list (uv.index-url or [ ])
    ++ list (uv.extra-index-url or [ ]);

  # Tools leave the password out of a lock, and some the slash at the end.
  plain =
    url:
    let
      parts = builtins.match "([a-z]+://)([^/@]*@)?(.*[^/])/*" url;
    in
    if parts == null then url else builtins.head parts + builtins.elemAt parts 2;
in
url: builtins.isString url && builtins.elem (plain url) (map plain (builtins.filter builtins.isString urls))
