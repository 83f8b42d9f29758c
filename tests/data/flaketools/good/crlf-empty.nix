{
	tools = pkgs: {
	};
}
