# The packages that public_calls.nix names, made up, and nixpkgs' buildEnv.
#
# Type: { package, program } -> { pkgs, buildEnv }; package and program are those of public_calls.nix
{ package, program }:
let
  inherit (builtins) listToAttrs toString;
in
{
  pkgs =
    listToAttrs (
      map
        (name: {
          inherit name;
          value = program name;
        })
        [
          "backend"
          "bash"
          "caddy"
          "coreutils"
          "curl"
          "database"
          "helm-test"
          "homepage"
          "judge"
          "node"
          "python3"
          "toybox"
        ]
    )
    // {
      cacert = package "cacert" "mkdir -p $out/etc/ssl/certs; echo PEM > $out/etc/ssl/certs/ca-bundle.crt";
      tzdata = package "tzdata" "mkdir -p $out/share/zoneinfo; echo TZ > $out/share/zoneinfo/UTC";
      files = package "files" "mkdir -p $out/site $out/etc; echo page > $out/site/index.html; echo x > $out/etc/conf";
    };

  # As nixpkgs' buildEnv: links to the members of the packages' folders, or one to the folder if it is of one package.
  buildEnv =
    {
      name,
      paths,
      pathsToLink,
    }:
    package name ''
      for folder in ${toString pathsToLink}; do
        for path in ${toString paths}; do
          [ -d $path$folder ] || continue
          mkdir -p $out/$folder
          for member in $path$folder/*; do
            ln -s $member $out$folder/
          done
        done
      done
    '';
}
