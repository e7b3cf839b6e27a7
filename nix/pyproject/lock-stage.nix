# What all stages that read locks have in common. Each says how it reads its lock, and which packages are wanted of it.
#
# Type: { targetOf, fileOf, mkEnv } -> stage -> { readProject, <maker> }
#   stage = { name, maker, read, select, installer, backends }
#     name       the stage, such as "uv2nix"
#     maker      its function, such as "mkUvEnv"
#     read       { projectDir, … } -> lock, with { label, fix, base } of choose-wheels.nix
#     select     lock -> { target, groups, extras, wheels } -> [ package of choose-wheels.nix ]
#     installer, backends  of mkEnv, the latter for a Python
#
# readProject takes the arguments of `read`, and reads the lock once for the environments of several Pythons:
#   { wheelsFor, <maker> }
# The maker that stands beside it takes both at once: the arguments of `read`, and those of the environment.
# Example: (mkLockStage stage).mkUvEnv { projectDir = ./.; python = pythons.py313; }
{
  targetOf,
  fileOf,
  mkEnv,
}:
{
  name,
  maker,
  read,
  select,
  installer,
  backends,
}:
let
  chooseWheels = import ./choose-wheels.nix;
  isLocal = wheel: wheel.local or false;

  readProject =
    project:
    let
      lock = read project;

      choose =
        {
          python,
          groups ? [ "main" ],
          extras ? [ ],
          wheels ? { },
        }:
        let
          target = targetOf python;
        in
        chooseWheels
          {
            lock = lock.label;
            inherit (lock) fix base;
            inherit target wheels;
          }
          (
            select lock {
              inherit
                target
                groups
                extras
                wheels
                ;
            }
          );
    in
    {
      # The wheels of an environment, but for those of files and folders beside the project.
      # Type: { python, groups ? [ "main" ], extras ? [ ], wheels ? { } } -> [ wheel ]
      #   groups  "main" stands for what is installed where nobody asks for a group
      #   wheels  { <name> = path; }: files in the place of what the lock has
      # Throws if the lock has no such group or extra, was made for other versions of Python, or has neither a wheel that
      # fits nor a source of some package.
      wheelsFor = args: builtins.filter (wheel: !isLocal wheel) (choose args);

      # Type: as wheelsFor, with withLocal ? true, and dontStrip ? false of mkEnv -> derivation of mkEnv
      #   withLocal  whether files and folders beside the project are in it, which change more often than the rest
      #   Its attribute `local` has the wheels of these in any case: [ { name, wheel = derivation or path } ]
      ${maker} =
        {
          python,
          dontStrip ? false,
          withLocal ? true,
          ...
        }@args:
        let
          wheels = choose (removeAttrs args [ "dontStrip" "withLocal" ]);
          tools = {
            inherit python;
            backends = backends python;
          };
        in
        mkEnv (
          tools
          // {
            inherit installer dontStrip;
            wheels = if withLocal then wheels else builtins.filter (wheel: !isLocal wheel) wheels;
            installedBy = name;
          }
        )
        // {
          local = map (wheel: {
            name = wheel.project;
            wheel = fileOf tools wheel;
          }) (builtins.filter isLocal wheels);
        };
    };
in
{
  inherit readProject;
  ${maker} =
    args:
    let
      ofProject = builtins.intersectAttrs (builtins.functionArgs read) args;
    in
    (readProject ofProject).${maker} (removeAttrs args (builtins.attrNames ofProject));
}
