"""The command line, one file a command; what a command needs is imported when it runs."""
