# What the build machine runs for a VM test: programs of Debian packages, started from the Nix store.
#
# Type: { system, target, systems, unpack, launcher, writeScripts, debs }
#       -> derivation with bin/{qemu, vde_switch, mkfs.ext4, sqfstar, depmod}
#   target  the Nix system of the machines that QEMU runs
#   debs  the packages of these programs and all that they depend on
{
  system,
  target,
  systems,
  unpack,
  launcher,
  writeScripts,
  debs,
}:
let
  inherit (systems.${system}) multiarch;
  # QEMU names processors as wheels do: "x86_64".
  processor = systems.${target}.wheel;
  tree = unpack {
    name = "vm-host-unpacked";
    inherit debs;
  };
  script =
    args:
    launcher (
      {
        inherit tree;
        libraries = [ "usr/lib/vde2" ];
      }
      // args
    );
in
writeScripts "vm-host" {
  qemu = script {
    program = "usr/bin/qemu-system-${processor} -L ${tree}/usr/share/qemu -L ${tree}/usr/share/seabios";
    exports = "export QEMU_MODULE_DIR=${tree}/usr/lib/${multiarch}/qemu";
  };
  vde_switch = script { program = "usr/bin/vde_switch"; };
  "mkfs.ext4" = script {
    program = "sbin/mkfs.ext4";
    exports = "export MKE2FS_CONFIG=${tree}/etc/mke2fs.conf";
  };
  sqfstar = script {
    program = "usr/bin/sqfstar";
    loaderOptions = "--argv0 sqfstar";
  };
  depmod = script {
    program = "bin/kmod";
    loaderOptions = "--argv0 depmod";
  };
}
