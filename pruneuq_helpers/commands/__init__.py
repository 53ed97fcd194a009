"""What `pruneuq` can do beside running a chapter, a file a command."""
