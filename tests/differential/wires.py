"""What the exchange and the comparison need to know of a wire: its fences, and how to read it.

Each is a module with `fence`, `fence_reply`, `units`, `segments`, `normalised`, `may_show_cas`,
`keys_of` and `shown`.
"""

import binary_replies
import replies

WIRES = {"text": replies, "binary": binary_replies}
