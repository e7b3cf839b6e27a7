# Debian's Python as the official Python images have theirs: below /usr/local, with one place for packages.
#
# Every installer asks Python where to install. Debian's answers dist-packages, for some questions site-packages below
# /usr, or that pip must not install at all; and it looks for packages in a folder of apt's too. Here all of these lead
# to /usr/local/lib/pythonX.Y/site-packages, and what runs as /usr/local/bin/python leaves apt's packages to
# /usr/bin/python3: pip would remove files of theirs.
#
# Type: python -> { links = { <path> = target; }; files = { <path>.text = string; }; diversions = { <path> = path; }; },
#       as mkDebianLayer takes them
# Example: (usrLocal pythons.py39).links."usr/local/bin/python" == "/usr/bin/python3.9"
python:
let
  inherit (python) minor;
  local = "usr/local/lib/python${minor}";
  system = "usr/lib/python${minor}";
in
{
  links =
    builtins.listToAttrs (
      map
        (name: {
          name = "usr/local/bin/${name}";
          value = "/usr/bin/python${minor}";
        })
        [
          "python"
          "python3"
          "python${minor}"
        ]
    )
    // {
      "${local}/dist-packages" = "site-packages";
    }
    # There, sysconfig names this folder.
    // (if minor == "3.9" then { "${system}/site-packages" = "/${local}/site-packages"; } else { });

  files = {
    # By its own name, for whoever looks for it in sys.path, and because that name is in the bytecode.
    "${local}/site-packages/site_packages.pth".text = ''
      import sys; sys.path[:] = [{"/${local}/dist-packages": "/${local}/site-packages"}.get(path, path) for path in sys.path]
    '';
    # The last of the folders in which Python looks for such files: only here, apt's folder is in sys.path.
    "${system}/dist-packages/usr_local.pth".text = ''
      import sys; sys.path[:] = [path for path in sys.path if path != "/usr/lib/python3/dist-packages" or not str(sys.executable).startswith("/usr/local/")]
    '';
  };

  # Diverted, it stays out of the way when apt upgrades Python.
  diversions."${system}/EXTERNALLY-MANAGED" = "${system}/EXTERNALLY-MANAGED.distrib";
}
