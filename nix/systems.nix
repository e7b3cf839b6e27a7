# The one table that joins the four spellings of an architecture.
#
# Type: { <nix system> = { debian, wheel, oci, multiarch, loader, seed }; }
#   debian     Debian architecture, as in a control file
#   wheel      architecture suffix of a wheel's platform tag (PEP 600)
#   oci        `os` and `architecture` of an OCI image config
#   multiarch  Debian's multiarch tuple: libraries stand in usr/lib/<multiarch>
#   loader     file name of the dynamic loader in that folder
#   seed       the sha256, as Nix has it of a tree, of the unpacked busybox-static of the bootstrap pins, on which all
#              builders stand; `nix-prefetch-url --unpack file:///…/data.tar.xz` prints it
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
    seed = "0whn65r13pcgzy0ff1wx25b4yvwiq2hz9h5p73b4mgnz86wf3svb";
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
    seed = "17f072myxw8960j3mqfpwc9s2q13iswb38wpbc6qji6jzp4v48nb";
  };
}
