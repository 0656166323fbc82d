"""Tricks for speed that use what libraries don't promise, each in a file that can be switched off.

A file states what it bypasses, what that saves of the processor time of a signed-in page
(``make bench-tricks`` measures it again), and has ``ENABLED``: where it is False, the library's
public way is taken, with the same answers.
"""
