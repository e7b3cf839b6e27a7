# Times as nix/docker-tools/rfc3339.nix writes them; the test compares them with Python's.
#
# Type: [ { seconds, text } ]
let
  rfc3339 = import ../../nix/docker-tools/rfc3339.nix;
  # Steps of almost a month reach every month and day, and each time of day; to the year 2500.
  spread = builtins.genList (step: step * 2600183) 6435;
  # Around the first of March and of January, with and without a leap day, at the turn of the day.
  edges = builtins.concatMap (start: builtins.genList (second: start - 2 + second) 4) [
    2
    68169600
    68256000
    951782400
    951868800
    1709164800
    1709251200
    1735689600
    4107456000
    4107542400
    4102444800
    13574563200
  ];
in
map (seconds: {
  inherit seconds;
  text = rfc3339 seconds;
}) (spread ++ edges)
