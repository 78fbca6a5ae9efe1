"""The HTTP door: parse, authorise, call one domain function, render."""
