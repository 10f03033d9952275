"""Tells people of problems: each channel follows the outbox, as a sink does, and takes nothing but alarms.

So a channel that is down holds up no other one, and is itself a problem that the others tell; a kill loses nothing.
"""
