# The virtual machine that a test boots: its kernel and its disks.
#
# Type: { runPython, runShell, unpack, mkDebianLayer, host, debs, mtime, suite, system }
#       -> { kernel, initramfs, base, mkDisk }
#   system     Nix system of the guest, which need not be the builder's
#   host       the derivation of host.nix
#   debs       { guest, kernel }: the packages of these layers of the pins
#   kernel     the path of a kernel that QEMU boots
#   initramfs  the archive with which it starts: the modules for the disks, and the program that mounts them
#   base       the disk with the system that all guests share
#   mkDisk     makes the disk of one guest (below)
{
  runPython,
  runShell,
  unpack,
  mkDebianLayer,
  host,
  debs,
  mtime,
  suite,
  system,
}:
let
  # Of the guest's processor.
  busybox = unpack {
    name = "vm-busybox";
    debs = builtins.filter (package: package.name == "busybox-static") debs.guest;
  };

  # The kernel, the modules that a virtual machine with a Docker engine may need, and their index (modules.dep).
  kernel = runShell {
    name = "vm-kernel";
    tree = unpack {
      name = "vm-kernel-unpacked";
      debs = debs.kernel;
    };
    script = ''
      mkdir -p $out/modules/lib/modules
      cp $tree/boot/vmlinuz-* $out/vmlinuz
      cd $tree/lib/modules
      version=$(echo *)
      for kept in arch crypto lib net fs drivers/block drivers/char/virtio_console.ko drivers/net/dummy.ko \
        drivers/net/net_failover.ko drivers/net/tun.ko drivers/net/veth.ko drivers/net/virtio_net.ko drivers/net/vxlan \
        drivers/virtio; do
        mkdir -p $out/modules/lib/modules/$version/kernel/''${kept%/*}
        cp -r $version/kernel/$kept $out/modules/lib/modules/$version/kernel/$kept
      done
      cp $version/modules.order $version/modules.builtin* $out/modules/lib/modules/$version
      chmod -R u+w $out
      ${host}/bin/depmod -b $out/modules $version
      ln -s modules/lib/modules/$version $out/version
    '';
  };

  squashfs =
    name: layer:
    runShell {
      inherit name mtime;
      script = ''
        # The layer has no entry for the root folder: without these options it would get the builder's owner and time.
        export SOURCE_DATE_EPOCH=$mtime
        ${host}/bin/sqfstar -quiet -no-progress -noI -noD -noF -noX -root-uid 0 -root-gid 0 -root-mode 755 $out < ${layer}/layer.tar
      '';
    };

  guestFile = path: {
    inherit path;
    prefix = "usr/local/lib/vm-test/${baseNameOf path}";
  };

  base = mkDebianLayer {
    name = "vm-base";
    inherit suite system mtime;
    debs = debs.guest;
    trees = [
      {
        path = "${kernel}/modules/lib/modules";
        prefix = "usr/lib/modules";
      }
    ]
    ++ map guestFile [
      ./guest/boot
      ./guest/engine
      ./guest/down
      ./guest/agent.py
      ./channel/frames.py
    ];
    files."etc/inittab".text = builtins.readFile ./guest/inittab;
    links = builtins.listToAttrs (
      map
        (name: {
          name = "usr/sbin/${name}";
          value = "/bin/busybox";
        })
        [
          "init"
          "poweroff"
          "reboot"
        ]
    );
  };
in
{
  kernel = "${kernel}/vmlinuz";

  initramfs = runPython {
    name = "vm-initramfs";
    main = ./guest/initramfs.py;
    spec = {
      modules = "${kernel}/version/";
      wanted = [
        "virtio_pci"
        "virtio_blk"
        "virtio_net"
        "virtio_console"
        "squashfs"
        "overlay"
        "crc32c_generic"
        "ext4"
        "9p"
        "9pnet_virtio"
      ];
      files = {
        init = "${./guest/init}";
        "bin/busybox" = "${busybox}/bin/busybox";
      };
    };
  };

  base = squashfs "vm-base.squashfs" base;

  # The disk with what one machine has beyond the base.
  # Type: name of the machine -> { trees ? [ ], files ? { }, debs ? [ ], … } -> derivation
  # The second argument's attributes are those of mkDebianLayer.
  mkDisk =
    name: args:
    squashfs "vm-${name}.squashfs" (
      mkDebianLayer (
        {
          name = "vm-${name}";
          inherit suite system mtime;
          debs = [ ];
          below = base;
        }
        // args
      )
    );
}
