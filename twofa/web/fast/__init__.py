"""Optimizations that use libraries' private APIs, each in a module that can be switched off.

A module states what it bypasses and what share of a signed-in page's processor time that saves
(``make bench-tricks`` measures it), and has ``ENABLED``: where it is False, the library's public
API is used, with the same responses.
"""
