# Limner without a model: the surfaces, the research, the storyboard and image services.
# With `--build-arg EXTRAS="diffusers quantization s3 tracing"` it brings torch and diffusers for a worker
# with a GPU, which also wants `--build-arg PACKAGES="gcc libc6-dev"`: torch compiles with it. The
# Python is the one that the tests run on. Nothing else of building stays in the image: no pip, no tests
# of libraries.
FROM python:3.11-slim-trixie AS build

ARG EXTRAS="discord slack s3 tracing"

ENV PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN pip install uv==0.13.9 && python -m venv /opt/limner

COPY pyproject.toml uv.lock ./
RUN uv export --frozen --no-dev --no-emit-project $(printf -- "--extra %s " ${EXTRAS}) \
        --output-file locked.txt \
    && /opt/limner/bin/pip install --require-hashes --no-deps -r locked.txt

COPY . .
RUN /opt/limner/bin/pip install --no-deps . \
    && /opt/limner/bin/python -I -c "from agent.policy.rules import load; load()" \
    && /opt/limner/bin/pip uninstall --yes pip setuptools \
    && find /opt/limner -type d -name tests -path "*/site-packages/*/tests" -prune -exec rm -r {} +

FROM python:3.11-slim-trixie

ARG PACKAGES=""

# pg_dump and pg_restore, for `limner backup`; they read servers up to their own version, 17.
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-17 ${PACKAGES} \
    && rm -rf /var/lib/apt/lists/*

# The root file system may be read-only: everything that changes lies in /data and /tmp.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/limner/bin:$PATH \
    LIMNER_DATA_DIR=/data LIMNER_METRICS_HOST=0.0.0.0 LIMNER_METRICS_PORT=9464

COPY --from=build /opt/limner /opt/limner
RUN useradd --uid 1000 --user-group --create-home limner \
    && install --directory --owner limner --group limner --mode 0700 /data /backups /models

USER 1000:1000
WORKDIR /home/limner
VOLUME /data
EXPOSE 9464
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/livez', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["limner"]
CMD ["run"]
