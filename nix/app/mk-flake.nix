# The outputs of the flake of one's own app.
#
# Type: { source, sets } -> mkFlake
#   source  of this flake
#   sets    { <system> = package set of nix/default.nix; }
{ source, sets }:
# Type: { self, src, tests ? { }, … as mkAppImage } -> outputs
#   self   of the flake's outputs
#   tests  { <name> = path of a Python script; }: tests in a virtual machine `machine`, which has the image loaded. They
#          are checks of the flake
# The outputs are packages.default, the image; the apps load, and those of apps.nix's programs; and checks.
# Throws as mkAppImage does.
# Example:
#   outputs = { self, images }: images.lib.mkFlake { inherit self; src = ./.; };
{
  self ? throw "mkFlake: self: it is missing; write outputs = { self, images }: images.lib.mkFlake { inherit self; src = ./.; }",
  tests ? { },
  ...
}@args:
let
  # The commit of the app, if it is one.
  labels = if self ? rev then { "org.opencontainers.image.revision" = self.rev; } else { };
  config = args.config or { };
  ofImage = removeAttrs args [
    "self"
    "tests"
  ];

  imageOf =
    set: set.mkAppImage (ofImage // { config = config // { Labels = labels // config.Labels or { }; }; });

  testOf =
    set: name: script:
    set.testers.runTest {
      inherit name;
      attribute = "checks.${set.system}.${name}";
      nodes.machine.memorySize = 2048;
      testScript = ''
        machine.wait_for_engine()
        machine.succeed("docker load < ${images.${set.system}}")
        ${builtins.readFile script}'';
    };

  each = outputs: builtins.mapAttrs (_: outputs) sets;
  images = each imageOf;
in
{
  packages = builtins.mapAttrs (_: image: { default = image; }) images;
  apps = each (
    set: set.apps.programs source // { load = set.apps.load (self.outPath or null) images.${set.system}; }
  );
  checks = each (set: { image = images.${set.system}; } // builtins.mapAttrs (testOf set) tests);
}
