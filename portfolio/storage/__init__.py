"""Tables and the questions asked of them. Every function takes a session and never opens one."""
