# Holds the arguments of the functions that make images to their forms, so that wrong ones are told in a line.
#
# Here is only what can be told before anything is built. The forms of names, times and the like are image.py's.
#
# Type: function -> args -> image -> image
#   function  whose formal arguments are what it takes
# Throws for arguments that it does not take, all at once, for one that has not its form, and for a fromImage that has
# another name than fromImageName and fromImageTag ask for.
# Example: checked buildLayeredImage args image
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    isAttrs
    isString
    length
    ;
  inherit (import ../argument-forms.nix)
    a
    compressor
    isFile
    joined
    oneOf
    orNull
    wrong
    ;
  inherit (import ../pyproject/strings.nix) shown;

  string = a "a string such as \"1.0\"" (orNull isString);
  isContent = value: value == null || isFile value || builtins.isList value && builtins.all isContent value;
  commands = a "a string, the commands of a shell" isString;
  content = a "a path, a derivation, a layer, or a list of these" isContent;

  forms = {
    name = a "a name such as \"myapp\" or \"registry.example:5000/team/myapp\"" isString;
    tag = string;
    contents = content;
    copyToRoot = content;
    fromImage = a "an image, or the path of an archive or a folder; save it with docker save or skopeo copy" (
      orNull isFile
    );
    fromImageName = string;
    fromImageTag = string;
    config = a "a set such as { Cmd = [ \"/bin/app\" ]; }" (orNull isAttrs);
    created = a "a date such as \"2026-01-31\", or rfc3339 self.lastModified; with \"now\", no two builds would be equal" (
      value: isString value && value != "now"
    );
    architecture = a "a string such as \"arm64\"" isString;
    includeStorePaths = a "true or false" builtins.isBool;
    extraCommands = commands;
    fakeRootCommands = commands;
    uname = string;
    gname = string;
    inherit compressor;
    passthru = a "a set" isAttrs;
    meta = a "a set" isAttrs;
  };

  # What nixpkgs' functions take beside, and what to do instead.
  cures = {
    compressor = "pipe the stream into the program that compresses it";
    copyToRoot = "use contents";
    enableFakechroot = "write the paths in fakeRootCommands without their leading slash";
    includeNixDB = "an image has no database of Nix";
    mtime = "give it to mkTreeLayer, for contents";
    runAsRoot =
      "nothing runs as root while an image is composed, use fakeRootCommands, "
      + "or RUN in a Dockerfile that is FROM this image";
  };
  # Values of these that ask for nothing, as wrappers of nixpkgs' functions pass them on.
  nothing = {
    debug = [ false ];
    enableFakechroot = [ false ];
    includeNixDB = [ false ];
    keepContentsDirlinks = [ false ];
    mtime = [ "1970-01-01T00:00:01Z" ];
    runAsRoot = [ null ];
  };
  # What only matters to runAsRoot.
  unused = [ "buildVMMemorySize" "diskSize" ];
in
function: args:
let
  takes = attrNames (builtins.functionArgs function);
  others = removeAttrs args (takes ++ unused);
  unknown = filter (name: !elem others.${name} (nothing.${name} or [ ])) (attrNames others);
  several = length unknown > 1;
  strangers = filter (name: !(cures ? ${name})) unknown;
  advice =
    map (name: if several then "${name}: ${cures.${name}}" else cures.${name}) (
      filter (name: cures ? ${name}) unknown
    )
    ++ (
      if strangers == [ ] then
        [ ]
      else
        [ "leave ${if several then joined strangers else "it"} out, there are ${joined takes}" ]
    );

  message = wrong forms args;

  base = args.fromImage or null;
  isAsked = argument: attribute: elem (args.${argument} or null) [ null base.${attribute} ];

  fail = what: throw "docker-tools: ${if isString args.name then "${shown args.name}: " else ""}${what}";
in
image:
if unknown != [ ] then
  fail "${joined unknown} ${if several then "are" else "is"} not supported; ${concatStringsSep "; " advice}"
else if message != null then
  fail message
else if base ? metadata && !(isAsked "fromImageName" "imageName" && isAsked "fromImageTag" "imageTag") then
  fail "fromImage is ${base.imageName}:${base.imageTag}, not what fromImageName and fromImageTag say; leave them out"
else
  image
