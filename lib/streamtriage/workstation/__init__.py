"""What the person's own machine says: clients, configuration, logs, environment."""
