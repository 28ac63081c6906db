# Limner without a model: the surfaces, the research, the storyboard and image services.
# With `--build-arg EXTRAS="diffusers quantization s3"` it brings torch and diffusers for a worker
# with a GPU. The Python is the one that the tests run on.
FROM python:3.11-slim-bookworm AS build

ARG EXTRAS="discord slack s3"

ENV PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN pip install uv==0.13.9 && python -m venv /opt/limner

COPY pyproject.toml uv.lock ./
RUN uv export --frozen --no-dev --no-emit-project $(printf -- "--extra %s " ${EXTRAS}) \
        --output-file locked.txt \
    && /opt/limner/bin/pip install --require-hashes --no-deps -r locked.txt

COPY . .
RUN /opt/limner/bin/pip install --no-deps . \
    && /opt/limner/bin/python -I -c "from agent.policy.rules import load; load()"

FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PATH=/opt/limner/bin:$PATH LIMNER_DATA_DIR=/data

COPY --from=build /opt/limner /opt/limner
RUN useradd --create-home limner && mkdir /data && chown limner /data

USER limner
WORKDIR /home/limner
VOLUME /data
ENTRYPOINT ["limner"]
CMD ["run"]
