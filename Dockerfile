# Limner without a model: the surfaces, the research, the storyboard and image services.
# With `--build-arg PINS=gpu` it brings torch and diffusers for a worker with a card.
FROM python:3.12-slim-bookworm

ARG PINS=chat

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 LIMNER_DATA_DIR=/data
WORKDIR /app

COPY requirements/ requirements/
RUN pip install -r requirements/${PINS}.txt

COPY . .
RUN pip install --no-deps . \
    && useradd --create-home limner \
    && mkdir /data \
    && chown limner /data

USER limner
VOLUME /data
ENTRYPOINT ["limner"]
CMD ["run"]
