"""What a person starts: each its command, its parameters, its notebook, its panes."""
