{
  inputs.images.url = "git+https://git.example/images";

  outputs =
    { self, images }:
    images.lib.mkFlake {
      inherit self;
      src = ./.;
      python = "3.13";
      variant = "slim";
    };
}
