# mien's server for CPUs: docs/server.md. Needs a token: docker run -p 8000:8000 -e MIEN_TOKEN=... mien
FROM python:3.12-slim

# What the OpenCV wheel links against.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends -y libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 mien

WORKDIR /srv/mien
COPY pyproject.toml README.md LICENSE ./
COPY src src
# hadolint ignore=DL3013
RUN pip install --no-cache-dir ".[server]"

USER 1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["mien", "serve", "--host", "0.0.0.0", "--no-open"]
