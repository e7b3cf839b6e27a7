# Debian's Python below /usr/local, where the official Python images have theirs.
#
# For Python, /usr/local is a virtual environment of Debian's interpreter: that keeps what pip installs apart from what
# apt installs, in site-packages, without a change to Debian's files. The system's site packages are on its path, so
# that `pip install --user` is not refused.
#
# Type: python -> { links = { <path> = target; }; files = { <path>.text = string; }; }, as mkDebianLayer takes them
# Example: (usrLocal pythons.py39).links."usr/local/bin/python" == "/usr/bin/python3.9"
python: {
  links = builtins.listToAttrs (
    map
      (name: {
        name = "usr/local/bin/${name}";
        value = "/usr/bin/python${python.minor}";
      })
      [
        "python"
        "python3"
        "python${python.minor}"
      ]
  );

  files."usr/local/pyvenv.cfg".text = ''
    home = /usr/bin
    include-system-site-packages = true
    version = ${python.version}
  '';
}
