{
  # Put the URL here that you have this template from.
  inputs.images.url = "git+https://git.example/images";

  outputs =
    { self, images }:
    images.lib.mkFlake {
      inherit self;
      # pyproject.toml and its lock: poetry.lock, uv.lock or pylock.toml.
      src = ./.;
      python = "3.13";
      variant = "slim";
    };
}
