# Platform tags of wheels for Linux with glibc: PEP 600, and the older names that it makes aliases.
#
# `linux_<arch>` is the last, since such a wheel says nothing of the libraries that it needs. Public indexes refuse it;
# those of a company have it, and it is what `pip wheel` builds.
let
  # minor version of glibc 2 -> the older name
  legacy = {
    "5" = "manylinux1";
    "12" = "manylinux2010";
    "17" = "manylinux2014";
  };
  # The oldest glibc that a tag can speak of, by architecture.
  oldest = {
    x86_64 = 5;
    i686 = 5;
  };
in
# The tags that fit, best first.
# Type: { glibc ("2.31"), arch ("x86_64") } -> [ string ]
# Example: builtins.head (pep600 { glibc = "2.31"; arch = "x86_64"; }) == "manylinux_2_31_x86_64"
{ glibc, arch }:
let
  newest = builtins.fromJSON (builtins.head (builtins.match "2\\.([0-9]+).*" glibc));
  count = newest - (oldest.${arch} or 17) + 1;
  tags =
    minor:
    let
      alias = legacy.${toString minor} or null;
    in
    [ "manylinux_2_${toString minor}_${arch}" ] ++ (if alias == null then [ ] else [ "${alias}_${arch}" ]);
in
builtins.concatLists (builtins.genList (i: tags (newest - i)) (if count > 0 then count else 0)) ++ [ "linux_${arch}" ]
