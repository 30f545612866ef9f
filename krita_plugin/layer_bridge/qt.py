"""Qt, from the PyQt that this Krita has: PyQt5 in Krita 5, PyQt6 in Krita 6.

PyQt5 comes first: Krita 6 refuses its import, while Krita 5 would load a stray PyQt6 of the system
into its own Qt 5 and crash.
"""

try:
    from PyQt5 import QtCore, QtGui, QtNetwork, QtWidgets
except ImportError:
    try:
        from PyQt6 import QtCore, QtGui, QtNetwork, QtWidgets  # type: ignore[no-redef]
    except ImportError:
        raise ImportError(
            "Layer Bridge needs PyQt with its network module, which this Krita lacks; "
            "install Krita 5.1 or later from krita.org."
        ) from None

__all__ = ["QtCore", "QtGui", "QtNetwork", "QtWidgets"]
