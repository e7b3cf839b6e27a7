# What nix/pyproject makes of several thousand made-up inputs; the tests compare it with PyPA's `packaging`.
#
# Type: { versions, specifiers, environments, markers, platforms, wheels, choices }, all of them JSON
{
  inherit (import ./pep440.nix) versions specifiers;
}
// import ./pep508.nix
// import ./wheels.nix
