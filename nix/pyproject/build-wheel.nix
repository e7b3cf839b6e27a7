# A source → the folder that holds its wheel, built in the sandbox by the backend that it names (PEP 517).
#
# Type: { bootstrap, fetch, modulesOf, targetOf }
#   -> { python, backends, wheel = { project, version, build } } -> derivation
#   python    for which it is built, and whose `hostPython` builds it
#   backends  an environment of that Python: what sources may ask for to be built (PEP 518)
#   version   null if only the backend knows it
#   build     one of
#     { sdist = what fetch.fetchSdist takes; }
#     { git = { url, rev }; }
#     { path, file }  an archive by its name
#     { path }        a folder
#     each with subdirectory, where it is in that, or null; and of a wheel that is `local`, the version is only a hint
#   The folder has the wheel, or else a file `problem`: what keeps it from being built. So whoever needs several wheels
#   can tell of all at once (built_wheels.py).
{
  bootstrap,
  fetch,
  modulesOf,
  targetOf,
}:
{
  python,
  backends,
  wheel,
}:
let
  inherit (import ./strings.nix) normalizeName;
  inherit (wheel) build;
  inherit (python) hostPython;

  # What comes of the work in a folder, or belongs to the tools of its user.
  without = [
    ".git"
    ".venv"
    "__pycache__"
    "result"
  ];

  # Whether a folder need not be built first: a path, or a string that leads to a source such as a flake's.
  isThere =
    path:
    builtins.isPath path
    || builtins.all (context: context.path or false) (builtins.attrValues (builtins.getContext "${path}"));

  source =
    if build ? sdist then
      fetch.fetchSdist build.sdist
    else if build ? git then
      # As pip, Poetry and uv clone it.
      builtins.fetchGit (build.git // { allRefs = true; submodules = true; })
    else if build ? file then
      builtins.path {
        name = "source";
        inherit (build) path;
        recursive = false;
      }
    else if isThere build.path then
      # Its name does not change with that of the folder, nor its content with what is beside it.
      builtins.path {
        name = "source";
        path = /. + builtins.unsafeDiscardStringContext (toString build.path);
        filter = path: _: !builtins.elem (baseNameOf path) without;
      }
    else
      build.path;

  modules = modulesOf "build-modules" [
    "plain_wheel.py"
    "run_backend.py"
    "unpack_source.py"
  ];

  minor = builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" python.version);
  sitePackages = "${backends}/lib/python${minor}/site-packages";

  # The one backend that is a program.
  programs = bootstrap.writeScripts "build-programs" {
    uv-build = bootstrap.launcher {
      inherit (hostPython) tree;
      program = "${backends}/bin/uv-build";
    };
  };
in
bootstrap.runPython {
  name = "${normalizeName wheel.project}-wheel";
  inherit hostPython;
  main = ./build_wheel.py;
  modules = [
    modules
    sitePackages
  ];
  PATH = "${programs}/bin";
  # Backends write what time it is into wheels, and the elements of a set in any order.
  SOURCE_DATE_EPOCH = "315532800";
  PYTHONHASHSEED = "0";
  spec = {
    inherit (wheel) project version;
    source = "${source}";
    subdirectory = build.subdirectory or null;
    local = wheel.local or false;
    python = "${hostPython}/bin/python3";
    backends = sitePackages;
    inherit modules;
    # Of pure Python are wheels with one of these tags, for any platform.
    tags = builtins.filter (tag: builtins.match ".*-none" tag != null) (
      builtins.attrNames (targetOf python).tags.interpreters
    );
  };
}
