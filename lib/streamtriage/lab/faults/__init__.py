"""One function a fault, named after the cause that it reproduces."""
