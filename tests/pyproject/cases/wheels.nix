# What nix/pyproject/pep425.nix and pep600.nix make of made-up names of wheels.
#
# Type: { platforms, wheels, choices }
#   platforms  [ { arch, glibc, tags } ]
#   wheels     [ { version, arch, glibc, filename, valid, fits } ]
#   choices    [ { version, arch, glibc, files, best } ]
let
  inherit (import ./chance.nix) below pick times;
  inherit (import ../../../nix/pyproject/strings.nix) splitOn;
  pep425 = import ../../../nix/pyproject/pep425.nix;
  pep600 = import ../../../nix/pyproject/pep600.nix;
  targets = import ./targets.nix;

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
  inherit platforms wheels choices;
}
