"""The files that an administrator would have gathered on the lab's farm: captured outputs, in any language.

`folder` writes them, one module a form makes their text. Nothing is asked of
the network: what a command would have printed follows from the farm's data.
"""
