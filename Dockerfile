# The worker in a container: built from this repository, run by a user without rights, state in a volume.
#
#   docker build --tag nanie-actors .
#   docker run --rm --volume nanie:/var/lib/nanie nanie-actors pair
#   docker run --detach --name nanie --volume nanie:/var/lib/nanie nanie-actors

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY config/requirements.lock setup.cfg pyproject.toml README.md LICENSE ./
COPY src ./src
# With the locked versions where they are needed; what only tests need is left out by not being asked for.
RUN python -m venv /opt/nanie \
    && grep --invert-match --extended-regexp '^#' requirements.lock > constraints.txt \
    && sed --in-place --regexp-extended 's/ +\\$//; /^ +--hash/d' constraints.txt \
    && /opt/nanie/bin/pip install --no-cache-dir --constraint constraints.txt '.[ui,otel,nats]'

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/nanie --shell /usr/sbin/nologin nanie \
    && install --directory --owner nanie --group nanie --mode 0700 /var/lib/nanie
COPY --from=build /opt/nanie /opt/nanie
ENV PATH=/opt/nanie/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NANIE_STATE__DIR=/var/lib/nanie
USER 10001
WORKDIR /var/lib/nanie
VOLUME /var/lib/nanie
# A worker that does not live is restarted by whoever runs the container; see docs/operations.md.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["nanie", "health"]
# A clean stop: everything accepted is finished. Give it more time than worker.stop_deadline_s (20 s).
STOPSIGNAL SIGTERM
ENTRYPOINT ["nanie"]
CMD ["run", "--whatsapp", "neonize", "--router", "supabase"]
