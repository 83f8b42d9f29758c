{
  tools = pkgs: {
  };
  tools = pkgs: {
  };
}
