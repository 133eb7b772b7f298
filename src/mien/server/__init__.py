"""mien over HTTP and WebSocket, and its page in the browser: needs the extra `[server]`."""

from mien.server.app import create_app
from mien.server.listening import address, check_host, listen, server_of
from mien.server.options import ServerOptions

__all__ = ["ServerOptions", "address", "check_host", "create_app", "listen", "server_of"]
