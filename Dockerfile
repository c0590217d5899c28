# The worker as one image: `daemon` on the workspace in /data, as a user without rights.
# Secrets come from the environment or from mounted files (docs/configuration.md), never from here.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/app && python3 -m venv /opt/build
COPY requirements/ requirements/
RUN /opt/app/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt \
 && awk '/^[a-z]/ {keep = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/} keep' \
        requirements/dev.txt >/tmp/build.txt \
 && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/build.txt
COPY pyproject.toml README.md ./
COPY config/ config/
COPY connectors/ connectors/
COPY dashboard/ dashboard/
COPY reports/ reports/
COPY sandbox/ sandbox/
COPY scoring/ scoring/
COPY sync/ sync/
# The wheel is built with the hashed hatchling above, so nothing unpinned is fetched on the way.
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/app/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /tmp/wheel/*.whl

FROM ${BASE}
COPY --from=build /opt/app /opt/app
RUN mkdir /data && chown 10001:10001 /data
ENV PATH=/opt/app/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONUNBUFFERED=1 \
    MQLSYNC_WORKSPACE=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
# `status` answers 2 where a connection stopped and 3 where the store is in trouble. What it calls degraded
# (1: a plan waits, a row was put aside) is for a human: a restart would not help.
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "mqlsync status -w /data; test $? -le 1"]
ENTRYPOINT ["mqlsync"]
CMD ["daemon", "-w", "/data"]
