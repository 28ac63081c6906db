# Limner without a model: the surfaces, the research and the storyboard.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 LIMNER_DATA_DIR=/data
WORKDIR /app

COPY requirements/chat.txt requirements/chat.txt
RUN pip install -r requirements/chat.txt

COPY . .
RUN pip install --no-deps . \
    && useradd --create-home limner \
    && mkdir /data \
    && chown limner /data

USER limner
VOLUME /data
ENTRYPOINT ["limner"]
CMD ["run"]
