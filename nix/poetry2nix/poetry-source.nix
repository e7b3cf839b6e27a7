# Where a poetry.lock says that a package is from.
#
# Type: forms (of lock-forms.nix) -> label of the package -> source (table of the lock) -> files
#   -> { source, index, sdist }, as choose-wheels.nix has them
# Throws for a word without its form.
forms: label: source: files:
let
  sources = import ../pyproject/lock-sources.nix forms label;
  type = forms.name "${label}: source" (source.type or "legacy");
  subdirectory = source.subdirectory or null;
  url = source.url or null;
  hash = if files == [ ] then null else (builtins.head files).hash;

  # Poetry has wheels and archives in one list.
  archives = builtins.filter (file: builtins.match ".*\\.(tar\\.gz|tgz|zip|tar\\.bz2|tar\\.xz)" file.file != null) files;
in
{
  source =
    {
      legacy = null;
      git = sources.git {
        inherit url subdirectory;
        rev = source.resolved_reference or null;
      };
      url = sources.url { inherit url hash subdirectory; };
      file = sources.path {
        path = url;
        inherit hash subdirectory;
      };
      directory = sources.directory {
        path = url;
        inherit subdirectory;
      };
    }
    .${type} or (sources.other "a ${type}");
  index = if type == "legacy" && url != null then forms.url "${label}: source" url else null;
  sdist = if type == "legacy" && archives != [ ] then builtins.head archives else null;
}
