"""The demo: a client that shows the evaluation loop. Knows the server only through HTTP and its command line."""
