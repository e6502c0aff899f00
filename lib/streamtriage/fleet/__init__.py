"""Many servers from many vantage points, on Dask distributed."""
