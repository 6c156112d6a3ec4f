# One image for every service: the command chooses. Runs as nobody in particular, writes nothing but /tmp.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY deploy/image/requirements.lock deploy/image/build.lock deploy/image/
RUN python -m venv /opt/stafett \
 && /opt/stafett/bin/pip install --require-hashes -r deploy/image/requirements.lock \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes -r deploy/image/build.lock
COPY pyproject.toml README.md ./
COPY shared shared
COPY services services
RUN /opt/build/bin/hatchling build -t wheel -d /wheels \
 && /opt/stafett/bin/pip install --no-deps /wheels/*.whl \
 && /opt/stafett/bin/python -m compileall -q /opt/stafett/lib

FROM python:3.11-slim-bookworm
# What prints records as PDF (projections).
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin stafett
COPY --from=build /opt/stafett /opt/stafett
COPY seeds /usr/share/stafett/seeds
ENV PATH=/opt/stafett/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /tmp
USER 10001:10001
STOPSIGNAL SIGTERM
CMD ["python", "-m", "intake"]
