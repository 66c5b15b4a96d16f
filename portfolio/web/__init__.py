"""The web door: parse, one service call, render."""
