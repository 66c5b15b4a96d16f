"""The command-line door: parse, one service call, print."""
