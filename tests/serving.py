"""What the tests of the server share: drawn pictures, and a server that really listens."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from itertools import islice

import cv2

from mien.demo_face import DemoFace
from mien.server import ServerOptions, address, create_app, listen, server_of


def drawn_picture(suffix: str = ".jpg", index: int = 0):
    """The bytes of a picture file of the drawn face."""
    image = next(islice(DemoFace((320, 240)), index, None)).image
    return cv2.imencode(suffix, image)[1].tobytes()


@contextmanager
def listening(app, options, port=0):
    """The URL of the app, served by uvicorn on a thread for as long as it is asked for; port 0 is any."""
    with listen("127.0.0.1", port) as listener:
        server = server_of(app, options)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield address(listener)
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def serving(models, port=0, runtime=None, **options):
    """The URL of a server that analyses with these models, on one thread."""
    chosen = ServerOptions(workers=1, **options)
    with listening(create_app(models, chosen, runtime), chosen, port) as url:
        yield url
