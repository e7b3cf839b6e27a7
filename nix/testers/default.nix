# Tests in virtual machines, in the style of NixOS: QEMU boots the machines in the sandbox, a Python script drives them.
#
# Type: { system, target, systems, pins, bootstrap, debian } -> { runTest, host, guest }
#   target   the Nix system of the machines
#   runTest  makes a test (below)
#   host     the programs that the build machine runs for it (host.nix)
#   guest    the kernel and the disks of its machines (guest.nix)
# The packages of both are those of pins.vm.
{
  system,
  target,
  systems,
  pins,
  bootstrap,
  debian,
}:
let
  inherit (bootstrap) runShell writeScripts;
  storeName = import ../docker-tools/store-name.nix;
  lock = pins.vm;
  debsOf = system: lock.layers.${systems.${system}.debian};
  debs = debsOf target;

  host = import ./host.nix {
    inherit
      system
      target
      systems
      writeScripts
      ;
    inherit (bootstrap) unpack launcher;
    debs = (debsOf system).host;
  };

  guest = import ./guest.nix {
    inherit runShell host debs;
    system = target;
    inherit (bootstrap) runPython unpack;
    inherit (debian) mkDebianLayer;
    inherit (lock) suite;
    mtime = lock.created;
  };

  programs = {
    processor = systems.${target}.wheel;
    native = target == system;
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

  readTest = import ./test.nix {
    packages = debs.guest;
    inherit address;
  };

  # A machine as the driver knows it (Node in driver/qemu.py).
  # Type: string -> machine (node.nix) -> { name, number, memorySize, cores, diskSize, disk }
  #   hosts  lines of /etc/hosts for the names of all machines of the test
  mkMachine =
    hosts: machine:
    let
      isDebian = package: package ? file;
      folders = map (package: "${package}/bin") (builtins.filter (package: !isDebian package) machine.packages);
      # Folders, and files that keep their mode.
      isTree = file: file ? source && !(file ? mode);
      paths = builtins.attrNames machine.files;
      trees = builtins.filter (path: isTree machine.files.${path}) paths;
    in
    {
      inherit (machine)
        name
        number
        memorySize
        cores
        diskSize
        ;
      disk = "${guest.mkDisk machine.name {
        debs = builtins.filter isDebian machine.packages;
        trees = map (path: {
          path = machine.files.${path}.source;
          prefix = path;
        }) trees;
        files = {
          "etc/hostname".text = "${machine.name}\n";
          "etc/hosts".text = "127.0.0.1 localhost\n::1 localhost\n${hosts}";
          "etc/vm-test/address".text = "${machine.networking.primaryIPAddress}/24\n";
          "etc/profile.d/vm-test.sh".text = ''
            export PATH=${builtins.concatStringsSep ":" (folders ++ [ systemPath ])}
          '';
        }
        // removeAttrs machine.files trees;
      }}";
    };

  systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin";
in
{
  inherit host guest;

  # A test, as NixOS has them: a derivation that boots the machines, runs the script, and fails if the script fails.
  # Type: { name, testScript, nodes ? { }, globalTimeout ? 900, attribute ? null, meta ? { }, hostPkgs ? <the packages
  #         of every machine>, skipLint ? false, skip* } -> derivation; the set may be a function's, and in a file
  #   nodes          { <name> = { memorySize ? 1024, cores ? 1, diskSize ? 1024, packages ? [ ], files ? { } }; }
  #                  memorySize and diskSize in MiB; packages are derivations, whose bin is on PATH, or pinned Debian
  #                  packages; files are { <path> = { text | source, mode ? "0644" } }. In NixOS's words:
  #                  virtualisation.{memorySize,diskSize,cores}, environment.systemPackages. A node may be a function
  #                  of { pkgs, lib, name, nodes, config, ... }, and in a file
  #   testScript     Python: a path, a string, or a function of { nodes, ... } that gives either; the machines have every
  #                  store path that it names. The build of the driver fails for names that do not exist
  #   globalTimeout  seconds that the script may take with KVM; without, five times as many
  #   attribute      how the flake names this test, such as "checks.x86_64-linux.hello": a failure tells how to build it
  #   hostPkgs       nixpkgs, or what else `pkgs` shall be in functions; `lib` is its `lib`
  #   skipLint       only names of NixOS's driver that this one lacks fail the build; other skip* change nothing
  # Throws for what is missing, wrong or unknown.
  # The output holds the file `subtests` with their names, a line each, and what copy_from_vm brought. Beside the
  # derivation's attributes the result has:
  #   nodes              { <name> = machine (node.nix); }
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
    given:
    let
      test = readTest given;
      inherit (test) name attribute;
      machines = builtins.attrValues test.nodes;
      hosts = builtins.concatStringsSep "" (
        map (machine: "${machine.networking.primaryIPAddress} ${machine.name}\n") machines
      );
      derivationName = "vm-test-${storeName name}";

      # It needs nothing of the machines, nor what the script names of the store: a wrong name is told before any of that
      # is built.
      checkedScript = bootstrap.runPython {
        name = "${derivationName}.py";
        main = ./driver/script.py;
        inherit modules;
        spec = {
          inherit name;
          inherit (test) lint;
          testScript = builtins.unsafeDiscardStringContext test.testScript;
          nodes = builtins.attrNames test.nodes;
        };
      };

      spec = runShell {
        name = "${derivationName}.json";
        script = "cp $specPath $out";
        inherit checkedScript;
        passAsFile = [ "spec" ];
        spec = builtins.toJSON {
          inherit name programs;
          inherit (test) globalTimeout testScript;
          nodes = map (mkMachine hosts) machines;
          hints =
            if attribute == null then
              [ ]
            else
              [
                "This test alone:         nix build -L .#${attribute}"
                "A shell in its machines: nix run .#${attribute}.driverInteractive"
              ];
        };
      };

      mkDriver =
        options:
        writeScripts "vm-test-driver" {
          vm-test-driver = ''
            #!${bootstrap.busybox}/bin/busybox sh
            export PYTHONPATH=${builtins.concatStringsSep ":" modules}
            exec ${bootstrap.python}/bin/python3 -P ${./driver/main.py} --program "$0" ${options} ${spec} "$@"
          '';
        };
      driver = mkDriver "";
    in
    runShell {
      name = derivationName;
      script = "${driver}/bin/vm-test-driver --output $out";
    }
    // {
      inherit (test) nodes meta;
      inherit spec driver;
      driverInteractive = mkDriver "--interactive";
    };
}
