"""The interface of a wire for the exchange and the comparison: its fences and its parser.

Each is a module with `fence`, `fence_reply`, `units`, `segments`, `normalised`, `may_show_cas`,
`keys_of` and `shown`.
"""

import binary_replies
import replies

WIRES = {"text": replies, "binary": binary_replies}
