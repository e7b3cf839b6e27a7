# A test as the authors of NixOS's tests write it: the words of a node, of a script and of its driver.
#
# Type: { runTest } -> derivation
{ runTest }:
runTest {
  name = "nixos";
  meta.description = "Words of NixOS's tests";
  skipTypeCheck = true;
  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.memorySize = 512;
      environment.systemPackages = [
        pkgs.jq
        pkgs.curl
      ];
      files."/etc/greeting" = {
        source = ./nixos.nix;
        mode = "0640";
      };
    };
  testScript =
    { nodes, ... }:
    ''
      import json

      serve = "import socket, time; s = socket.socket(socket.AF_UNIX); s.bind('/run/served'); s.listen(); time.sleep(9999)"


      @polling_condition
      def serving():
          "something serves"
          machine.succeed("pgrep --full [/]run/served")


      with subtest("a node in the words of NixOS"):
          memory = int(machine.succeed("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
          t.assertLess(memory, ${toString nodes.machine.virtualisation.memorySize} * 1024)
          t.assertIn("${nodes.machine.networking.primaryIPAddress}", machine.succeed("ip address show eth1"))
          t.assertEqual(machine.succeed("stat --format %a /etc/greeting"), "640\n")

      with subtest("jq and nc are there"):
          t.assertEqual(json.loads(machine.succeed("echo '{\"a\": [1, 2]}' | jq .a[1]")), 2)
          machine.fail("nc -z localhost 1")

      with subtest("a Unix socket, and what has to stay true"):
          machine.succeed(f"nohup python3 -c \"{serve}\" >/dev/null 2>&1 &")
          serving.wait(timeout=60)
          machine.wait_for_open_unix_socket("/run/served", timeout=60)
          with serving:
              retry(lambda last: "served" in machine.succeed("ls /run"), timeout_seconds=60)
          with t.assertRaisesRegex(Exception, "polling condition failed: something serves"):
              with serving:
                  machine.execute("pkill --full [/]run/served")
                  machine.sleep(3)
                  machine.succeed("true")

      with subtest("a command that ends the machine"):
          t.assertEqual(machine.execute("exit 7"), (7, ""))
          t.assertEqual(machine.execute("echo out; poweroff -f; sleep 999", check_return=False)[0], -1)
          join_all()
          t.assertFalse(machine.is_up())
          log.info(f"done in {os.getcwd()}")
    '';
}
