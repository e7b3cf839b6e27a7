# What each variant of an image begins with, lowest first, and its own part of the config.
#
# Type: { <variant> = { layers = layers of layers.nix -> [ layer ]; config ? { }; }; }
{
  full.layers = layers: [
    layers.base
    layers.pythonLayer
    layers.tools
  ];
  slim.layers = layers: [
    layers.base
    layers.pythonLayer
  ];
  minimal = {
    layers = layers: [ layers.minimal ];
    # Debian's nobody, by number, since Kubernetes wants to see that it is not root.
    config.User = "65534:65534";
  };
}
