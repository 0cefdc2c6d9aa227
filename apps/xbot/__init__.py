"""xBOT: schedule posts for X, publish each once, and learn which topics and hours do well."""
