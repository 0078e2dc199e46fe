"""The native counting core; its interface is in _core.pyi, its reasons in core.h."""
