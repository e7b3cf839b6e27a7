# What each variant of an image has of Debian.
#
# Type: { <variant> = { over; instead ? [ ]; config ? { }; }; }
#   over     the layers of the pins that it has, lowest first
#   instead  those of which it leaves packages out, since it does without package management
#   config   its own part of the image's config
{
  full.over = [
    "base"
    "python"
    "tools"
  ];
  slim.over = [
    "base"
    "python"
  ];
  minimal = {
    over = [ "minimal" ];
    instead = [ "base" ];
    # Debian's nobody, by number, since Kubernetes wants to see that it is not root.
    config.User = "65534:65534";
  };
}
