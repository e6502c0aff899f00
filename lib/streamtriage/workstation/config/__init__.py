"""How clients are configured on this machine, and what is wrong with it."""
