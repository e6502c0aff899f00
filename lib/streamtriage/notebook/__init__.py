"""What every runbook is made of: panes, forms, and executed notebooks as files."""
