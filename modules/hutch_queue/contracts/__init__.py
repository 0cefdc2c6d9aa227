"""More of the contract that every backend keeps."""
