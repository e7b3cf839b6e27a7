# Tests in virtual machines, in the style of NixOS: QEMU boots the machines in the sandbox, a Python script drives them.
#
# Type: { system, systems, pins, bootstrap, mkDebianLayer } -> { runTest, host, guest }
#   pins       of which those named `vm` say what the machines hold, and what runs them
#   bootstrap  of nix/bootstrap
{
  system,
  systems,
  pins,
  bootstrap,
  mkDebianLayer,
}:
let
  inherit (bootstrap) runPython runShell writeScripts;
  lock = pins "vm";
  debs = lock.layers.${systems.${system}.debian};

  host = import ./host.nix {
    inherit system systems writeScripts;
    inherit (bootstrap) unpack launcher;
    debs = debs.host;
  };

  guest = import ./guest.nix {
    inherit
      system
      runPython
      runShell
      mkDebianLayer
      host
      debs
      ;
    inherit (bootstrap) unpack busybox;
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

  # The node as the driver knows it.
  # Type: { <node> } -> number -> name -> { name, number, memorySize, cores, diskSize, disk }
  mkNode =
    nodes: number: name:
    let
      node = nodes.${name};
      addresses = builtins.concatStringsSep "" (
        builtins.genList (i: "${address (i + 1)} ${builtins.elemAt (builtins.attrNames nodes) i}\n") (
          builtins.length (builtins.attrNames nodes)
        )
      );
      address = i: "192.168.1.${toString i}";
      isDebian = package: package ? file;
      packages = node.packages or [ ];
      given = node.files or { };
      withText = builtins.filter (path: given.${path} ? text) (builtins.attrNames given);
      withSource = builtins.filter (path: given.${path} ? source) (builtins.attrNames given);
      paths = map (package: "${package}/bin:") (builtins.filter (package: !isDebian package) packages);
    in
    {
      inherit name number;
      memorySize = node.memorySize or 1024;
      cores = node.cores or 1;
      diskSize = node.diskSize or 1024;
      disk = "${guest.mkDisk name {
        debs = builtins.filter isDebian packages;
        trees = map (path: {
          path = given.${path}.source;
          prefix = path;
        }) withSource;
        files = {
          "etc/hostname".text = "${name}\n";
          "etc/hosts".text = "127.0.0.1 localhost\n::1 localhost\n${addresses}";
          "etc/vm-test/addresses".text = "${address number}/24\n";
          "etc/profile.d/vm-test.sh".text = ''
            export PATH=${builtins.concatStringsSep "" paths}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
          '';
        }
        // builtins.listToAttrs (
          map (path: {
            name = path;
            value = given.${path};
          }) withText
        );
      }}";
    };
in
{
  inherit host guest;

  # A test, as of NixOS: a derivation that boots the machines, runs the script, and fails if that does.
  # Type: { name, nodes, testScript, globalTimeout ? 900, attribute ? null } -> derivation
  #   nodes          { <name> = { memorySize ? 1024, cores ? 1, diskSize ? 1024, packages ? [ ], files ? { } }; }
  #                  memorySize and diskSize in MiB; packages are derivations, whose bin is on PATH, or pinned Debian
  #                  packages; files are { <path> = { text, mode ? "0644" } | { source } }
  #   testScript     Python, or a function from { nodes } to it; store paths in it are there in the machines
  #   globalTimeout  seconds that the script may take with KVM; without, five times as many
  #   attribute      how the flake names this test, for the hints of a failure: "vm-tests.NAME"
  # The result has `driver`, with bin/vm-test-driver that runs the test outside the sandbox, and
  # `driverInteractive`, which gives a Python prompt and shells in the machines instead.
  runTest =
    {
      name,
      nodes,
      testScript,
      globalTimeout ? 900,
      attribute ? null,
    }:
    let
      names = builtins.attrNames nodes;
      spec = {
        inherit name programs globalTimeout;
        nodes = builtins.genList (i: mkNode nodes (i + 1) (builtins.elemAt names i)) (builtins.length names);
        testScript = if builtins.isFunction testScript then testScript { inherit nodes; } else testScript;
        hints =
          if attribute == null then
            [ ]
          else
            [
              "Run this test alone:     ./setup nix build -L .#${attribute}"
              "Get a shell in its machines: ./setup nix run .#${attribute}.driverInteractive"
            ];
      };
      specFile = runShell {
        name = "vm-test-${name}.json";
        spec = builtins.toJSON spec;
        passAsFile = [ "spec" ];
        script = "cp $specPath $out";
      };
      mkDriver =
        options:
        writeScripts "vm-test-driver" {
          vm-test-driver = ''
            #!${bootstrap.busybox}/bin/busybox sh
            export PYTHONPATH=${builtins.concatStringsSep ":" modules}
            exec ${bootstrap.python}/bin/python3 -P ${./driver/main.py} ${specFile} ${options} "$@"
          '';
        };
    in
    runPython {
      name = "vm-test-${name}";
      main = ./driver/main.py;
      inherit modules spec;
    }
    // {
      inherit nodes;
      spec = specFile;
      driver = mkDriver "";
      driverInteractive = mkDriver "--interactive";
    };
}
