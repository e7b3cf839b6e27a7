# Podman runs the manifests of examples/kubernetes, as kubectl makes them, and the service of examples/podman: each
# migrates the database, serves, and does for a container that hangs or ends what the example says.
#
# Podman is Debian 13's, which knows jobs and the secrets of a cluster as files, in a machine of Debian 12.
#
# Type: { runTest, ship, startRegistry, image, postgres } -> derivation
#   startRegistry  of start-registry.nix
#   image          of examples/app
#   postgres       of services.nix
{
  runTest,
  ship,
  startRegistry,
  image,
  postgres,
}:
runTest {
  name = "kube";
  nodes.machine = {
    memorySize = 2048;
    cores = 3;
    packages = [
      ship.kubectl
      ship.tools
    ];
    files = {
      "/usr".source = "${ship.podman}/usr";
      "/etc/containers/policy.json".source = "${ship.podman}/etc/containers/policy.json";
      # Layers of images can't lie on the overlay that is this machine's root.
      "/etc/containers/storage.conf".text = ''
        [storage]
        driver = "overlay"
        graphroot = "/var/lib/docker/podman"
        runroot = "/run/containers/storage"
      '';
      # There is no systemd here, which would keep the cgroups, the log of events and the times of the health checks.
      "/etc/containers/containers.conf".text = ''
        [engine]
        cgroup_manager = "cgroupfs"
        events_logger = "file"
        env = ["DISABLE_HC_SYSTEMD=true"]

        [network]
        firewall_driver = "iptables"
      '';
      "/etc/containers/registries.conf".text = ''
        [[registry]]
        prefix = "registry.example"
        location = "localhost:5000"
        insecure = true
      '';
      # Podman's name server wants to know of another one.
      "/etc/resolv.conf".text = "";
    };
  };
  testScript =
    { nodes }:
    ''
      import json
      import re

      def inspect(container):
          return json.loads(machine.succeed(f"podman inspect {container}"))[0]

      def processes(container):
          """Of all processes in the container: their numbers in this machine. The first is the master."""
          return machine.succeed(f"pgrep --ns {inspect(container)['State']['Pid']} --nslist pid").split()

      def check_server(container, workers):
          """It serves with so many workers, as somebody who may do nothing but that."""
          machine.wait_until_succeeds(f"podman healthcheck run {container}")
          pids = processes(container)
          assert len(pids) == 1 + workers, pids
          for pid in pids:
              lines = machine.succeed(f"cat /proc/{pid}/status").splitlines()
              status = dict(line.split(":", 1) for line in lines)
              assert status["Uid"].split() == ["65534"] * 4, status
              assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 0, status
              assert status["NoNewPrivs"].strip() == "1", status
          assert "Read-only" in machine.fail(f"podman exec {container} touch /app/new 2>&1")

      def check_hanging(container, is_ended):
          """Health checks find that it hangs, until Podman ends it. It is systemd that would ask for them."""

          def check(_):
              healthy = machine.execute(f"podman healthcheck run {container}")[0] == 0
              return is_ended() or t.assertFalse(healthy)

          machine.succeed(f"kill -STOP {' '.join(processes(container))}")
          retry(check)

      def notes(url):
          return json.loads(machine.succeed(f"curl --fail --silent --show-error {url}/notes"))

      pod = "http://127.0.0.1:8080"

      machine.succeed("${startRegistry}")
      machine.wait_for_open_port(5000)
      with subtest("the examples name an image in a registry by its digest"):
          target = "docker://localhost:5000/team/my-app"
          machine.succeed(f"skopeo copy --digestfile digest --dest-tls-verify=false oci:${image.oci} {target}")
          digest = machine.succeed("cat digest").strip()
          machine.succeed("cp -r ${../../examples/kubernetes} kubernetes", "cp -r ${../../examples/podman} podman")
          # An emulated machine takes longer than the probes' six seconds to start the program alone.
          edits = f"s/sha256:0*/{digest}/; s/\\(timeoutSeconds: \\|Timeout=\\)6/\\1{6 * slowness}/"
          machine.succeed("chmod -R u+w kubernetes podman")
          machine.succeed(f"find kubernetes podman -type f -exec sed -i '{edits}' {{}} +")

      with subtest("a database"):
          machine.succeed("printf secret >database-password")
          machine.succeed("podman load <${postgres}")
          machine.succeed("podman network create cluster")
          machine.succeed(
              "podman run --detach --name postgres --network cluster --publish 5432:5432"
              " --volume $PWD/database-password:/run/database-password:ro"
              " --env POSTGRES_PASSWORD_FILE=/run/database-password --env POSTGRES_USER=my-app --env POSTGRES_DB=my-app"
              " ${postgres.imageName}:${postgres.imageTag}"
          )
          machine.wait_for_open_port(5432)

      with subtest("Kubernetes: the job migrates"):
          machine.succeed(
              "kubectl create secret generic my-app --from-file=database-password --dry-run=client --output yaml"
              " | podman kube play -"
          )
          machine.succeed("podman kube play --network cluster kubernetes/one-worker/migrate.yaml")
          status = machine.succeed("podman wait my-app-migrate-pod-migrate").strip()
          assert status == "0", machine.succeed("podman logs my-app-migrate-pod-migrate")

      # Podman has startup and liveness probes, and no preStop. Namespaces, policies and the like it leaves out.
      def deploy(name):
          play = "podman kube play --network cluster --publish 8080:8080 -"
          machine.succeed(f"kubectl kustomize kubernetes/{name} | {play}")
          return "my-app-pod-my-app"

      with subtest("Kubernetes: the pod serves with one worker"):
          container = deploy("one-worker")
          check_server(container, workers=1)
          machine.succeed(f"curl --fail --silent --show-error --json '{{\"text\": \"first\"}}' {pod}/notes")
          assert notes(pod) == ["first"], notes(pod)

      with subtest("Kubernetes: a pod that hangs is found, and begins anew"):
          started = inspect(container)["State"]["StartedAt"]
          check_hanging(container, lambda: inspect(container)["State"]["StartedAt"] != started)
          check_server(container, workers=1)

      with subtest("Kubernetes: a container that ends answers the request that it has begun"):
          # As a kubelet does, before the network: `podman pod stop` ends that while the server still answers.
          machine.succeed(f"timeout 100 python3 ${./late_request.py} 8080 podman stop {container}")
          assert inspect(container)["State"]["ExitCode"] == 0
          machine.succeed("kubectl kustomize kubernetes/one-worker | podman kube down -")

      with subtest("Kubernetes: of several workers, there are as many as the limit of CPU allows"):
          check_server(deploy("several-workers"), workers=2)
          assert notes(pod) == ["first", "late"], notes(pod)
          machine.succeed("kubectl kustomize kubernetes/several-workers | podman kube down -")

      machine.succeed("podman secret create my-app-database-password database-password")
      machine.succeed("echo ${nodes.machine.networking.primaryIPAddress} database.example >>/etc/hosts")
      generate = "QUADLET_UNIT_DIRS=$PWD/podman /usr/libexec/podman/quadlet -dryrun -no-kmsg-log"
      service = machine.succeed(generate).replace("%t", "/run").replace("%N", "my-app")
      start, stop = (re.search(f"^{key}=(.+)$", service, re.MULTILINE)[1] for key in ("ExecStart", "ExecStop"))
      # The cgroup that is to be split would be systemd's.
      start = start.replace("--cgroups=split ", "")

      with subtest("Podman: the service serves, with as many workers as there are cores"):
          machine.succeed(start)
          check_server("my-app", workers=${toString nodes.machine.cores})
          assert notes("http://127.0.0.1") == ["first", "late"]

      with subtest("Podman: a service that ends answers the request that it has begun"):
          machine.succeed(f"timeout 100 python3 ${./late_request.py} 80 {stop}")
          machine.fail("podman container exists my-app")

      with subtest("Podman: a service that hangs is found, and ends"):
          machine.succeed(start)
          check_server("my-app", workers=${toString nodes.machine.cores})
          assert notes("http://127.0.0.1") == ["first", "late", "late"]
          check_hanging("my-app", lambda: machine.execute("podman container exists my-app")[0] != 0)
    '';
}
