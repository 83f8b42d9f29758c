{
  tools = pkgs: {
    a = pkgs.a;
    a = pkgs.b;
  };
}
