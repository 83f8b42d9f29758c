{
  tools = pkgs: {
    a = pkgs.a;
    };
}
