"""The values of a block while its program is compiled: nodes that depend on earlier ones, and what stores put where."""

from __future__ import annotations

from mcusim.machine.values import Code, Node

UNKNOWN = -1
"""A value that no step can compute."""
WORD_BYTES = 4
_ACCESS_SIGNED = 512
_MASK = 0xFFFF_FFFF


class ValueGraph:
    """Nodes by index, and the words that stores of this block wrote."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._stored: dict[tuple[int, int], int] = {}

    def node(
        self, code: Code, left: int = -1, right: int = -1, constant: int = 0, predicate: int = -1
    ) -> int:
        """A new node."""
        self.nodes.append(Node(code, left, right, constant & _MASK, predicate))
        return len(self.nodes) - 1

    def constant(self, value: int) -> int:
        """A node with a fixed value."""
        return self.node(Code.CONST, constant=value)

    def combined(self, code: Code, left: int, right: int) -> int:
        """The node of an operation on two nodes; UNKNOWN when one is."""
        if UNKNOWN in (left, right):
            return UNKNOWN
        if self.nodes[right].code is Code.CONST and code in (Code.ADD, Code.SUB):
            return self.moved(left, self.nodes[right].constant_bits * (1 if code is Code.ADD else -1))
        return self.node(code, left, right)

    def moved(self, value: int, by: int) -> int:
        """`value` plus a constant, in one step however often it was moved before."""
        node = self.nodes[value]
        if node.code is Code.CONST:
            return self.constant(node.constant_bits + by)
        if node.code is Code.ADD_CONST:
            return self.node(Code.ADD_CONST, node.left_index, constant=node.constant_bits + by)
        return self.node(Code.ADD_CONST, value, constant=by)

    # --- memory ---

    def _place(self, address: int) -> tuple[int, int]:
        """An address as (node, constant), so that two of them can be compared."""
        node = self.nodes[address]
        if node.code is Code.CONST:
            return -1, node.constant_bits
        return (node.left_index, node.constant_bits) if node.code is Code.ADD_CONST else (address, 0)

    def put(self, address: int, values: list[int], size_bytes: int) -> None:
        """A store of elements of `size_bytes` at node `address`; UNKNOWN for what is not clear."""
        root, offset = self._place(address)
        for known_root, known_offset in list(self._stored):
            if known_root == root and -WORD_BYTES < known_offset - offset < size_bytes * len(values):
                self._stored[known_root, known_offset] = UNKNOWN
        for position, value in enumerate(values):
            self._stored[root, offset + WORD_BYTES * position & _MASK] = value

    def loaded(self, address: int, size_bytes: int, *, is_signed: bool) -> int:
        """The value that a load finds at node `address`: a stored one, or what is there when the block starts."""
        root, offset = self._place(address)
        if size_bytes == WORD_BYTES and (root, offset) in self._stored:
            return self._stored[root, offset]
        end = offset + size_bytes
        if any(r == root and known < end and offset < known + WORD_BYTES for r, known in self._stored):
            return UNKNOWN
        return self.node(Code.LOAD, address, constant=size_bytes | (_ACCESS_SIGNED if is_signed else 0))
