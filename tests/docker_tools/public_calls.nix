# Calls of nixpkgs' dockerTools as public repositories have them, by the names of their images: names and arguments are
# theirs, the packages are made up.
#
# Type: { dockerTools, package, program } -> { <image> = image; }
#   package  name -> script -> derivation, whose script fills $out
#   program  name -> derivation with bin/<name>, which prints its name
{
  dockerTools,
  package,
  program,
}:
let
  inherit (dockerTools) buildImage buildLayeredImage streamLayeredImage;
  inherit (builtins) listToAttrs toString;
  inherit (import ./public_packages.nix { inherit package program; }) pkgs buildEnv;
  user = "1000:1000";
in
{
  loki-helm-test = buildImage {
    name = "grafana/loki-helm-test";
    config.Entrypoint = [ "${pkgs.helm-test}/bin/helm-test" ];
  };

  caddy = streamLayeredImage {
    name = "caddy";
    tag = "latest";
    contents = [
      pkgs.cacert
      pkgs.tzdata
    ];
    extraCommands = ''
      mkdir -m 1777 tmp
    '';
    config = {
      Entrypoint = [ "${pkgs.caddy}/bin/caddy" ];
      Cmd = [ "run" "--config" "/etc/caddy/Caddyfile" ];
      ExposedPorts = {
        "80/tcp" = { };
        "443/udp" = { };
      };
      Env = [ "XDG_DATA_HOME=/data" "HOME=/root" ];
      WorkingDir = "/srv";
    };
  };

  arguemapper = streamLayeredImage {
    name = "arguemapper";
    tag = "latest";
    contents = [
      pkgs.cacert
      dockerTools.fakeNss
    ];
    extraCommands = "mkdir -m 1777 tmp";
    config = {
      Entrypoint = [ "${pkgs.backend}/bin/backend" ];
      User = "nobody:nobody";
    };
  };

  galoisd = buildImage {
    name = "galoisd-image";
    copyToRoot = buildEnv {
      name = "image-root";
      paths = [ pkgs.coreutils pkgs.cacert ];
      pathsToLink = [ "/bin" ];
    };
    config = {
      Entrypoint = [ "${pkgs.backend}/bin/backend" ];
      Env = [ "SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt" ];
    };
  };

  homepage = buildLayeredImage {
    name = "blumeops/homepage";
    contents = [ pkgs.homepage pkgs.cacert pkgs.tzdata ];
    extraCommands = ''
      mkdir -p tmp
      chmod 1777 tmp
    '';
    fakeRootCommands = ''
      mkdir -p app/config
      chown -R ${user} app
    '';
    config = {
      Entrypoint = [ "${pkgs.homepage}/bin/homepage" ];
      Env = [ "TZDIR=${pkgs.tzdata}/share/zoneinfo" "PORT=3000" ];
      ExposedPorts."3000/tcp" = { };
      User = "1000";
    };
  };

  bitcoin-core = buildLayeredImage {
    name = "bitcoin-core";
    tag = "latest";
    architecture = "amd64";
    contents = [ pkgs.node ];
    fakeRootCommands = ''
      mkdir -p ./home/bitcoin/.bitcoin
      chmod 0755 ./home ./home/bitcoin
      chmod 0700 ./home/bitcoin/.bitcoin
      chown -R ${user} ./home/bitcoin
    '';
    config = {
      Entrypoint = [ "/bin/node" ];
      Cmd = [ "-printtoconsole" ];
      User = user;
      WorkingDir = "/home/bitcoin";
      Volumes."/home/bitcoin/.bitcoin" = { };
      StopSignal = "SIGTERM";
    };
  };

  nanocodex = streamLayeredImage {
    name = "nanocodex";
    tag = "latest";
    contents = [ pkgs.files pkgs.bash pkgs.coreutils ] ++ [ ];
    fakeRootCommands = ''
      mkdir -p tmp data/heaps run/secrets app/secrets
      chmod 1777 tmp
      ln -sf /run/secrets/token app/secrets/token
      cp -r ${pkgs.files}/site opt-site
      chmod -R u+w opt-site
    '';
    config = {
      Entrypoint = [ "/bin/bash" "-c" "true" ];
      ExposedPorts = listToAttrs (
        map (port: {
          name = "${toString port}/tcp";
          value = { };
        }) [ 4500 8080 ]
      );
    };
  };

  claudevil = buildLayeredImage {
    name = "claudevil";
    tag = "latest";
    contents = [ pkgs.backend ];
    config.Entrypoint = [ "${pkgs.backend}/bin/backend" ];
  };

  dsa-judge = buildLayeredImage {
    name = "dsa-judge";
    tag = "latest";
    config = {
      Cmd = [ "${pkgs.judge}/bin/judge" ];
      Env = [ "SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-certificates.crt" ];
    };
  };

  lib-fdb = buildImage {
    name = "lib-fdb";
    tag = "7.1.9";
    contents = [ pkgs.database ];
    config.Cmd = [ "/bin/database" ];
  };

  shellscripts = buildLayeredImage {
    name = "quyo/shellscripts.nix";
    tag = "latest";
    contents = [ pkgs.python3 pkgs.curl ];
    config.Cmd = [ "${pkgs.bash}/bin/bash" ];
  };

  toybox = buildImage {
    name = "oci-toybox-static";
    tag = "0.0.1";
    contents = [
      (package "accounts" "mkdir -p $out/etc; echo guest:x:9:9::/home/guest:/bin/sh > $out/etc/passwd")
      pkgs.toybox
    ]
    ++ [ ];
    config = {
      Cmd = [ "sh" ];
      Entrypoint = [ "${pkgs.toybox}/bin/toybox" ];
      Env = [ "USER=guest" "HOME=/home/guest" ];
    };
  };

  vault-auth-tee = buildLayeredImage {
    name = "vault-auth-tee";
    tag = "test";
    config.Entrypoint = [ "/bin/backend" ];
    contents = buildEnv {
      name = "image-root";
      paths = [
        pkgs.backend
        dockerTools.usrBinEnv
        dockerTools.binSh
        dockerTools.fakeNss
      ];
      pathsToLink = [ "/bin" "/etc" "/share" ];
    };
  };

  grabby = buildLayeredImage {
    name = "grabby";
    tag = "latest";
    maxLayers = 2;
    contents = [ pkgs.cacert pkgs.tzdata pkgs.backend ];
    config.Entrypoint = [ "backend" ];
  };

  docker-builder = streamLayeredImage {
    name = "docker-builder";
    fromImage = null;
    contents = [ dockerTools.binSh pkgs.coreutils ];
    config = {
      Volumes."/workdir" = { };
      WorkingDir = "/workdir";
      Cmd = [ "coreutils" ];
    };
    maxLayers = 32;
  };

  baby-shower = buildLayeredImage {
    name = "baby-shower";
    tag = "latest";
    contents = [ pkgs.node pkgs.cacert ];
    extraCommands = ''
      mkdir -p ./app ./data
      cp -r ${pkgs.files}/site ./app/.output
      chmod 777 ./data
    '';
    config = {
      WorkingDir = "/app";
      Volumes."/data" = { };
      Cmd = [ "/bin/node" "run" "/app/.output/index.html" ];
    };
  };

  user-home = buildLayeredImage {
    name = builtins.hashString "md5" "bachelorthesis";
    tag = builtins.hashString "md5" "local";
    contents = [ pkgs.python3 ] ++ [ pkgs.bash ] ++ [ [ pkgs.coreutils ] ];
    fakeRootCommands = ''
      mkdir -p ./home/user
      chown --verbose -R ${user} ./home/user
    '';
    config = {
      Cmd = [ "/bin/bash" ];
      WorkingDir = "/home/user";
    };
  };

  # Refused.
  cofree-bot = buildLayeredImage {
    name = "ghcr.io/cofree-coffee/cofree-bot";
    contents = [ pkgs.bash pkgs.cacert ];
    config = {
      Entrypoint = "${pkgs.bash}/bin/bash";
      Cmd = [ "-c" "${pkgs.backend}/bin/backend run" ];
    };
  };

  nvim = buildImage {
    name = "twhitney/nvim";
    copyToRoot = pkgs.backend;
    runAsRoot = "groupadd -r nvim";
    config.User = "nvim:nvim";
  };

  nix = buildImage {
    name = "nix";
    tag = "latest";
    copyToRoot = buildEnv {
      name = "image-root";
      paths = [ pkgs.bash ];
      pathsToLink = [ "/bin" ];
    };
    includeNixDB = true;
  };
}
