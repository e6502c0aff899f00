"""One file a probe: each asks the network one kind of question and judges nothing."""
