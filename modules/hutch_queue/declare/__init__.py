"""What users write: jobs, processors, options, calls."""
