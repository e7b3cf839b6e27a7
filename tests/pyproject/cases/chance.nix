# Chance that repeats: a seed is a string, and the same seed always gives the same.
#
# Type: { below, pick, times }
#   below  limit -> seed -> a number from 0 to limit - 1
#   pick   list -> seed -> one of its elements
#   times  count -> prefix -> (seed -> case) -> [ case ]
# Example: pick [ "a" "b" ] "versions/7/pre"
let
  hexDigits = builtins.listToAttrs (
    builtins.genList (value: {
      name = builtins.substring value 1 "0123456789abcdef";
      inherit value;
    }) 16
  );
  below =
    limit: seed:
    let
      hash = builtins.hashString "sha256" seed;
      digit = i: hexDigits.${builtins.substring i 1 hash};
      number = builtins.foldl' (sum: i: sum * 16 + digit i) 0 (builtins.genList (i: i) 8);
    in
    number - (number / limit) * limit;
  pick = list: seed: builtins.elemAt list (below (builtins.length list) seed);
  times = count: prefix: make: builtins.genList (i: make "${prefix}/${toString i}") count;
in
{
  inherit below pick times;
}
