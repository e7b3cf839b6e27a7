# The stack of examples/swarm on three machines: a client on a fourth one asks all the while.
#
# Type: { runTest, ship, startRegistry, postgres, appWith } -> derivation
#   startRegistry  of start-registry.nix
#   postgres       of services.nix
#   appWith        what mkAppImage takes beside the app -> the image of the app
{
  runTest,
  ship,
  startRegistry,
  postgres,
  appWith,
}:
let
  # The stack, and what it refers to, where it looks for that.
  examples = builtins.path {
    name = "examples";
    path = ../../examples;
    filter =
      path: type:
      builtins.elem (baseNameOf (if type == "directory" then path else dirOf path)) [
        "compose"
        "swarm"
      ];
  };

  shipments =
    builtins.mapAttrs
      (
        _: env:
        (appWith {
          inherit env;
          # An emulated machine is slow to expand layers.
          compressor = "none";
        }).shipment
      )
      {
        first = { };
        # What it answers tells it from the first one.
        second.UVICORN_ROOT_PATH = "/second";
        # It does not start.
        broken.APP_MODULE = "app.missing:app";
      };

  node = {
    memorySize = 2048;
    diskSize = 2048;
    # As many as the limit of CPU in the stack.
    cores = 2;
    files."/etc/docker/daemon.json".text = builtins.toJSON {
      insecure-registries = [ "outside:5000" ];
    };
  };
in
runTest {
  name = "swarm";
  nodes = {
    # One more than the limit.
    node1 = node // {
      cores = 3;
    };
    node2 = node;
    node3 = node;
    outside.packages = [ ship.push ];
  };
  testScript =
    { nodes }:
    ''
      import json
      import shlex
      import time
      from contextlib import contextmanager

      # An emulated machine takes longer to start the app and to check it.
      times = {"interval": 2, "timeout": 10, "start_period": 300}
      health = {name: f"{seconds * slowness}s" for name, seconds in times.items()}


      def deploy(version):
          override = {"version": "3.8", "services": {"app": {"healthcheck": health}}}
          stack = "docker stack deploy --compose-file ${examples}/swarm/stack.yml --compose-file - my-app"
          node1.succeed(f"echo {shlex.quote(json.dumps(override))} | IMAGE={images[version]} {stack}")


      def wait_until(condition):
          "It is asked for more seldom than retry does it, since asking takes an emulated machine a second."

          def is_so(last):
              time.sleep(5)
              return condition()

          retry(is_so)


      def ask_engine(path, **filters):
          "What `docker service` would ask, many times as fast."
          query = shlex.quote("filters=" + json.dumps({key: [value] for key, value in filters.items()}))
          ask = "curl --fail --silent --get --unix-socket /run/docker.sock"
          return json.loads(node1.succeed(f"{ask} --data-urlencode {query} http://engine/{path}"))


      def wait_for_update(state):
          "Of the app, to end like that."
          wait_until(lambda: ask_engine("services/my-app_app")["UpdateStatus"]["State"] == state)


      def replicas():
          "Those of the app that are healthy, by the names of their machines."
          tasks = ask_engine("tasks", service="my-app_app", **{"desired-state": "running"})
          return sorted(names[task["NodeID"]] for task in tasks if task["Status"]["State"] == "running")


      def workers():
          "How many a replica on node1 has. There is one more process of Gunicorn, their master."
          listed = "docker container ls --latest --quiet --filter name=my-app_app"
          return int(node1.succeed(f"docker top $({listed}) -eo pid,args | grep --count gunicorn")) - 1


      def count():
          "The requests so far."
          return int(outside.succeed("wc --lines < /root/results"))


      def results(after):
          return [json.loads(line) for line in outside.succeed(f"tail --lines +{after + 1} /root/results").splitlines()]


      def wait_for_requests():
          "For two more, of which one begins after this call. The number of all."
          enough = count() + 2
          retry(lambda last: count() >= enough)
          return count()


      @contextmanager
      def no_request_fails():
          "The block gets a list. After the block it has what was answered meanwhile."
          before = wait_for_requests()
          answers = []
          yield answers
          wait_for_requests()
          made = results(before)
          failed = [result for result in made if "error" in result]
          longest = max(result["ended"] - result["began"] for result in made)
          log.info(f"{len(made)} requests, {len(failed)} failed, the longest took {longest:.1f} s")
          t.assertEqual(failed, [])
          answers += [result["answer"] for result in made]


      start_all()
      outside.succeed("${startRegistry}")
      outside.wait_for_open_port(5000)
      node1.wait_for_engine()
      node1.execute("docker load < ${postgres}", check_output=False)
      push = "push --plain-http --shipment={} outside:5000/team/my-app:{}"
      images = {
          version: outside.succeed(push.format(shipment, version)).strip()
          for version, shipment in json.loads('${builtins.toJSON shipments}').items()
      }

      # A machine is down for Swarm once it has not been heard of for three times this long. Swarm's default is 5 s.
      heartbeat = 5 * slowness
      address = "${nodes.node1.networking.primaryIPAddress}"
      node1.succeed(f"docker swarm init --advertise-addr {address} --dispatcher-heartbeat {heartbeat}s")
      token = node1.succeed("docker swarm join-token --quiet worker").strip()
      for node in node2, node3:
          node.wait_for_engine()
          node.succeed(f"docker swarm join --token {token} node1:2377")
      names = {node["ID"]: node["Description"]["Hostname"] for node in ask_engine("nodes")}
      node1.wait_until_succeeds("docker image inspect postgres:15")

      with subtest("a stack is deployed"):
          node1.succeed("docker node update --label-add database=true node1")
          node1.succeed("echo 6f2a4c | docker secret create database-password -")
          deploy("first")
          wait_until(lambda: len(replicas()) == 3)
          outside.succeed("curl --fail --silent --json '{\"text\": \"kept\"}' http://node2/notes")

      with subtest("the limit of CPU is the number of workers"):
          t.assertEqual(workers(), 2)

      with subtest("a client asks all the while"):
          ask = "python3 ${./ask.py} http://node1/ {} /root/results"
          outside.succeed(f"setsid {ask.format(10 * slowness)} >/var/log/ask 2>&1 </dev/null &")
          outside.wait_for_file("/root/results")
          with no_request_fails() as answers:
              pass
          t.assertIn("http://node1/", answers[-1])

      with subtest("a new version takes over"):
          with no_request_fails() as answers:
              deploy("second")
              wait_for_update("completed")
          t.assertNotIn("/second", answers[0])
          t.assertIn("/second", answers[-1])

      with subtest("a version that does not start is rolled back"):
          with no_request_fails() as answers:
              deploy("broken")
              wait_for_update("rollback_completed")
          t.assertTrue(all("/second" in answer for answer in answers))

      with subtest("more replicas, and fewer"):
          with no_request_fails():
              node1.succeed("docker service scale --detach my-app_app=6")
              wait_until(lambda: len(replicas()) == 6)
              node1.succeed("docker service scale --detach my-app_app=3")
              wait_until(lambda: len(replicas()) == 3)

      with subtest("a machine is drained"):
          with no_request_fails():
              node1.succeed("docker node update --availability drain node2")
              wait_until(lambda: len(replicas()) == 3 and "node2" not in replicas())
              node2.wait_until_succeeds("[ -z $(docker container ls --quiet) ]")
          node1.succeed("docker node update --availability active node2")

      with subtest("a machine crashes"):
          before = wait_for_requests()
          assert "node3" in replicas()
          crashed = float(outside.succeed("cut --delimiter=' ' --fields=1 /proc/uptime"))
          node3.crash()
          wait_until(lambda: len(replicas()) == 3 and "node3" not in replicas())
          wait_for_requests()
          made = results(before)
          late = [result for result in made if "error" in result or result["ended"] - result["began"] > slowness]
          seconds = late[-1]["ended"] - crashed if late else 0
          failed = [result for result in late if "error" in result]
          log.info(f"{len(made)} requests, {len(failed)} failed, {len(late)} failed or late, until {seconds:.1f} s")
          t.assertLess(seconds, 4 * heartbeat)

      with subtest("what the app has kept is there"):
          t.assertIn("kept", outside.succeed("curl --fail --silent http://node2/notes"))
    '';
}
