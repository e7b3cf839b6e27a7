# A container with the restart policy "always" serves again after a reboot of its machine.
#
# Type: { runTest, image } -> derivation
{ runTest, image }:
runTest {
  name = "restart";
  nodes.machine.memorySize = 2048;
  testScript = ''
    serves = "curl --fail --silent localhost | grep 'Hello world'"

    machine.start(allow_reboot=True)
    machine.wait_for_engine()
    with subtest("a container that is always restarted"):
        machine.succeed("docker load < ${image}")
        machine.succeed("docker run --detach --restart=always --publish 80:80 ${image.imageName}:${image.imageTag}")
        machine.wait_until_succeeds(serves)
        booted = machine.succeed("cat /proc/sys/kernel/random/boot_id")

    with subtest("reboot"):
        machine.reboot()
        machine.wait_until_succeeds(serves)
        assert machine.succeed("cat /proc/sys/kernel/random/boot_id") != booted
  '';
}
