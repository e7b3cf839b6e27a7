# What nixpkgs' dockerTools have for the contents of images that stand on nothing. They are for images of the build
# machine's architecture.
#
# Type: { system, systems, bootstrap, pins } -> { binSh, usrBinEnv, caCertificates, fakeNss }
{
  system,
  systems,
  bootstrap,
  pins,
}:
let
  inherit (bootstrap) busybox runShell unpack;

  linkToBusybox =
    name: path:
    runShell {
      inherit name;
      script = "mkdir -p $out/${dirOf path}; ln -s ${busybox}/bin/busybox $out/${path}";
    };

  # Type: { extraPasswdLines ? [ ], extraGroupLines ? [ ] } -> derivation
  mkNss =
    {
      extraPasswdLines ? [ ],
      extraGroupLines ? [ ],
    }:
    runShell {
      name = "fake-nss";
      passwd = lines (
        [
          "root:x:0:0:root user:/var/empty:/bin/sh"
          "nobody:x:65534:65534:nobody:/var/empty:/bin/sh"
        ]
        ++ extraPasswdLines
      );
      group = lines (
        [
          "root:x:0:"
          "nobody:x:65534:"
        ]
        ++ extraGroupLines
      );
      passAsFile = [
        "passwd"
        "group"
      ];
      script = ''
        mkdir -p $out/etc $out/var/empty
        cat $passwdPath > $out/etc/passwd
        cat $groupPath > $out/etc/group
        echo "hosts: files dns" > $out/etc/nsswitch.conf
      '';
    }
    // {
      override = mkNss;
    };
  lines = builtins.foldl' (text: line: "${text}${line}\n") "";
in
{
  # /bin/sh, of busybox.
  # Type: derivation
  binSh = linkToBusybox "bin-sh" "bin/sh";

  # /usr/bin/env, of busybox.
  # Type: derivation
  usrBinEnv = linkToBusybox "usr-bin-env" "usr/bin/env";

  # The authorities of Debian's ca-certificates, in one file, by the names that TLS libraries of distributions look for.
  # Type: derivation
  caCertificates =
    let
      tree = unpack {
        name = "ca-certificates-unpacked";
        debs = builtins.filter (
          package: package.name == "ca-certificates"
        ) pins.trixie.layers.${systems.${system}.debian}.base;
      };
    in
    runShell {
      name = "ca-certificates";
      script = ''
        mkdir -p $out/etc/ssl/certs $out/etc/pki/tls/certs
        cat ${tree}/usr/share/ca-certificates/mozilla/*.crt > $out/etc/ssl/certs/ca-certificates.crt
        ln -s ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
        ln -s /etc/ssl/certs/ca-certificates.crt $out/etc/pki/tls/certs/ca-bundle.crt
      '';
    };

  # Users root and nobody, so that names are found, and names of hosts by /etc/hosts and DNS.
  # Type: derivation; its attribute override makes it with further lines
  # Example: fakeNss.override { extraPasswdLines = [ "app:x:1000:1000::/app:/bin/sh" ]; }
  fakeNss = mkNss { };
}
