# The source of a flake of which a program to load is made.
{
  outputs = _: { };
}
