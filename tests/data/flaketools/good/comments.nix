{
  /* tools = pkgs: {
       old = pkgs.old;
     };
  */
  # tools = pkgs: {
  outputs = _: rec {
    tools = pkgs: { # what we use
      # first
      # of two lines
      b = pkgs.b; # why

      a=pkgs.a.b."c-d";
      py = pkgs.python3.withPackages (p: [
        p.x
      ]);
      "e+f" = pkgs."7zz";
      /* not = pkgs.this; */
      fresh = other.fresh;
    };
    more = {
      z = pkgs.z;
    };
  };
}
