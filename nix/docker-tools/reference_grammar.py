"""The grammar of image references, which engines and registries share: patterns of the distribution specification.

A reference is HOST/REPOSITORY:TAG.
"""

_LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?"
HOST = rf"({_LABEL}(\.{_LABEL})*|\[[a-fA-F0-9:]+\])(:[0-9]+)?"

_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = f"{_PART}(/{_PART})*"

TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
