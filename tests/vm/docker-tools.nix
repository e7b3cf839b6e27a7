# Images that name store paths, in Cmd, in a script of their contents and in a link, run: on top of an image and on
# nothing. So do those of public calls of nixpkgs' dockerTools.
#
# Type: { runTest, bootstrap, dockerTools, image } -> derivation
#   image  of Debian, in which /bin and /lib are links
{
  runTest,
  bootstrap,
  dockerTools,
  image,
}:
let
  inherit (bootstrap) busybox runShell writeScripts;

  # A package as any flake has them: what it needs, it names by its store path.
  program =
    name: script:
    writeScripts name { ${name} = "#!${busybox}/bin/busybox sh\n${script}\necho ${name}\n"; };
  needed = program "needed" "";
  inCmd = program "in-cmd" "${needed}/bin/needed";
  inScript = program "in-script" "";
  inLink = program "in-link" "";

  build =
    name: fromImage: more:
    dockerTools.buildLayeredImage {
      inherit name fromImage;
      tag = "1";
      contents = [
        (program "script" "${inScript}/bin/in-script")
        (dockerTools.mkTreeLayer {
          name = "links";
          trees = [ ];
          links."bin/linked" = "${inLink}/bin/in-link";
        })
      ]
      ++ more;
      extraCommands = "mkdir -m 1777 spool; echo secret > secret; chmod 600 secret";
      fakeRootCommands = "chown 1000:100 secret";
      config = {
        Entrypoint = [ ];
        Cmd = [ "${inCmd}/bin/in-cmd" ];
      };
    };
  images = {
    above = build "above" image [ ];
    alone = build "alone" null [
      dockerTools.binSh
      dockerTools.fakeNss
    ];
  };

  calls = import ../docker_tools/public_calls.nix {
    inherit dockerTools;
    package = name: script: runShell { inherit name script; };
    program = name: program name "";
  };
  # What runs of them, and what it prints.
  programs = builtins.fromJSON (builtins.readFile ../docker_tools/public_programs.json);
  public = dockerTools.mergeImages (map (name: calls.${name}) (builtins.attrNames programs));
  prints = builtins.toJSON (
    builtins.listToAttrs (
      map (name: {
        name = "${calls.${name}.imageName}:${calls.${name}.imageTag}";
        value = programs.${name};
      }) (builtins.attrNames programs)
    )
  );
in
runTest {
  name = "docker-tools";
  nodes.machine = {
    memorySize = 2048;
    diskSize = 4096;
  };
  testScript = ''
    import json

    machine.wait_for_engine()
    for name, archive in {"above": "${images.above}", "alone": "${images.alone}"}.items():
        run = f"docker run --rm --user 0 {name}:1"
        with subtest(f"{name}: store paths"):
            machine.succeed(f"docker load < {archive}")
            assert machine.succeed(run).split() == ["needed", "in-cmd"]
            assert machine.succeed(f"{run} script").split() == ["in-script", "script"]
            assert machine.succeed(f"{run} /bin/linked").split() == ["in-link"]

        with subtest(f"{name}: modes and owners"):
            applet = "${busybox}/bin/busybox"
            found = machine.succeed(f"{run} {applet} stat -c %a:%u:%g /spool /secret").split()
            assert found == ["1777:0:0", "600:1000:100"]
            machine.succeed(f"{run} {applet} cat /secret | grep -x secret")
            machine.succeed(f"{run} /bin/sh -c 'echo shell' | grep -x shell")

    with subtest("public calls: docker load, of all at once"):
        machine.succeed("docker load < ${public}")
    for image, prints in json.loads('${prints}').items():
        with subtest(f"public call: {image}"):
            assert machine.succeed(f"docker run --rm {image}").split() == [prints]

    with subtest("what is below the contents still works"):
        machine.succeed("docker run --rm above:1 python -c 'import ssl, fastapi'")
  '';
}
