# The one table that joins the four spellings of an architecture.
#
# Type: { <nix system> = { debian, wheel, oci, multiarch, loader }; }
#   debian     Debian architecture, as in a control file
#   wheel      architecture suffix of a wheel's platform tag (PEP 600)
#   oci        `os` and `architecture` of an OCI image config
#   multiarch  Debian's multiarch tuple: libraries stand in usr/lib/<multiarch>
#   loader     file name of the dynamic loader in that folder
{
  x86_64-linux = {
    debian = "amd64";
    wheel = "x86_64";
    oci = {
      os = "linux";
      architecture = "amd64";
    };
    multiarch = "x86_64-linux-gnu";
    loader = "ld-linux-x86-64.so.2";
  };
  aarch64-linux = {
    debian = "arm64";
    wheel = "aarch64";
    oci = {
      os = "linux";
      architecture = "arm64";
    };
    multiarch = "aarch64-linux-gnu";
    loader = "ld-linux-aarch64.so.1";
  };
}
