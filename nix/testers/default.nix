# Tests in virtual machines, in the style of NixOS: QEMU boots the machines in the sandbox, a Python script drives them.
#
# Type: { system, systems, pins, bootstrap, debian } -> { runTest, host, guest }
#   runTest  makes a test (below)
#   host     the programs that the build machine runs for it (host.nix)
#   guest    the kernel and the disks of its machines (guest.nix)
# The packages of both are those of pins.vm.
{
  system,
  systems,
  pins,
  bootstrap,
  debian,
}:
let
  inherit (bootstrap) runShell writeScripts;
  lock = pins.vm;
  debs = lock.layers.${systems.${system}.debian};

  host = import ./host.nix {
    inherit system systems writeScripts;
    inherit (bootstrap) unpack launcher;
    debs = debs.host;
  };

  guest = import ./guest.nix {
    inherit
      system
      runShell
      host
      debs
      ;
    inherit (bootstrap) runPython unpack busybox;
    inherit (debian) mkDebianLayer;
    inherit (lock) suite;
    mtime = lock.created;
  };

  programs = {
    qemu = "${host}/bin/qemu";
    mkfs = "${host}/bin/mkfs.ext4";
    vde_switch = "${host}/bin/vde_switch";
    inherit (guest) kernel;
    initramfs = "${guest.initramfs}";
    base = "${guest.base}";
  };

  modules = [
    ./driver
    ./channel
  ];

  address = number: "192.168.1.${toString number}";

  # A machine as the driver knows it (Node in driver/qemu.py).
  # Type: { hosts, name, number, node } -> { name, number, memorySize, cores, diskSize, disk }
  #   hosts   lines of /etc/hosts for the names of all machines of the test
  #   number  of the machine, from 1 on: the last part of its address
  #   node    what runTest was given for it
  mkMachine =
    {
      hosts,
      name,
      number,
      node,
    }:
    let
      packages = node.packages or [ ];
      isDebian = package: package ? file;
      folders = map (package: "${package}/bin") (builtins.filter (package: !isDebian package) packages);
      files = node.files or { };
      filesWith = attribute: builtins.filter (path: files.${path} ? ${attribute}) (builtins.attrNames files);
    in
    {
      inherit name number;
      memorySize = node.memorySize or 1024;
      cores = node.cores or 1;
      diskSize = node.diskSize or 1024;
      disk = "${guest.mkDisk name {
        debs = builtins.filter isDebian packages;
        trees = map (path: {
          path = files.${path}.source;
          prefix = path;
        }) (filesWith "source");
        files = {
          "etc/hostname".text = "${name}\n";
          "etc/hosts".text = "127.0.0.1 localhost\n::1 localhost\n${hosts}";
          "etc/vm-test/address".text = "${address number}/24\n";
          "etc/profile.d/vm-test.sh".text = ''
            export PATH=${builtins.concatStringsSep ":" (folders ++ [ systemPath ])}
          '';
        }
        // removeAttrs files (filesWith "source");
      }}";
    };

  systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
in
{
  inherit host guest;

  # A test, as NixOS has them: a derivation that boots the machines, runs the script, and fails if the script fails.
  # Type: { name, nodes, testScript, globalTimeout ? 900, attribute ? "vm-tests.NAME" } -> derivation
  #   nodes          { <name> = { memorySize ? 1024, cores ? 1, diskSize ? 1024, packages ? [ ], files ? { } }; }
  #                  memorySize and diskSize in MiB; packages are derivations, whose bin is on PATH, or pinned Debian
  #                  packages; files are { <path> = { text, mode ? "0644" } | { source } }, paths without leading slash
  #   testScript     Python, or a function from { nodes } to it; the machines have every store path that it names
  #   globalTimeout  seconds that the script may take with KVM; without, five times as many
  #   attribute      how the flake names this test: a failure tells how to build it alone
  # The output holds the file `subtests` with their names, a line each, and what copy_from_vm brought. Beside the
  # derivation's attributes the result has:
  #   nodes              as given
  #   driver             a derivation whose bin/vm-test-driver runs the test outside the sandbox
  #   driverInteractive  the same, but with a Python prompt and shells in the machines instead
  #   spec               the file that the driver reads (Driver in driver/driver.py)
  # Example:
  #   runTest {
  #     name = "hello";
  #     nodes.machine.memorySize = 512;
  #     testScript = "assert machine.succeed('echo hello') == 'hello\n'";
  #   }
  runTest =
    {
      name,
      nodes,
      testScript,
      globalTimeout ? 900,
      attribute ? "vm-tests.${name}",
    }:
    let
      names = builtins.attrNames nodes;
      numbered = builtins.genList (i: {
        number = i + 1;
        name = builtins.elemAt names i;
      }) (builtins.length names);
      hosts = builtins.concatStringsSep "" (map ({ number, name }: "${address number} ${name}\n") numbered);

      spec = runShell {
        name = "vm-test-${name}.json";
        script = "cp $specPath $out";
        passAsFile = [ "spec" ];
        spec = builtins.toJSON {
          inherit name programs globalTimeout;
          nodes = map (machine: mkMachine (machine // { inherit hosts; node = nodes.${machine.name}; })) numbered;
          testScript = if builtins.isFunction testScript then testScript { inherit nodes; } else testScript;
          hints = [
            "This test alone:         ./setup nix build -L .#${attribute}"
            "A shell in its machines: ./setup nix run .#${attribute}.driverInteractive"
          ];
        };
      };

      mkDriver =
        options:
        writeScripts "vm-test-driver" {
          vm-test-driver = ''
            #!${bootstrap.busybox}/bin/busybox sh
            export PYTHONPATH=${builtins.concatStringsSep ":" modules}
            exec ${bootstrap.python}/bin/python3 -P ${./driver/main.py} ${options} ${spec} "$@"
          '';
        };
      driver = mkDriver "";
    in
    runShell {
      name = "vm-test-${name}";
      script = "${driver}/bin/vm-test-driver --output $out";
    }
    // {
      inherit nodes spec driver;
      driverInteractive = mkDriver "--interactive";
    };
}
