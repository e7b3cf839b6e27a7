# What nix/pyproject/pep440.nix makes of made-up versions and specifiers.
#
# Type: { versions, specifiers, notVersions }
#   versions     [ { left, right, valid, less } ]
#   specifiers   [ { operator, operand, version, contains } ]
#   notVersions  texts that are no versions
let
  inherit (import ./chance.nix) below pick times;
  pep440 = import ../../../nix/pyproject/pep440.nix;

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
in
{
  inherit versions specifiers notVersions;
}
