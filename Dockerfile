# Built in one stage, run in another: the image holds Python and the program, no build tools, and runs as nobody.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/fhir-alliance
COPY requirements.lock ./
RUN python -m pip --python /opt/fhir-alliance/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY questionnaires questionnaires
COPY fhir_alliance fhir_alliance
RUN python -m pip --python /opt/fhir-alliance/bin/python install --no-cache-dir --no-deps .

FROM python:3.13-slim
RUN python -m pip uninstall --yes pip && useradd --uid 10001 --no-create-home clinic && install -d -o clinic /data
COPY --from=build /opt/fhir-alliance /opt/fhir-alliance
ENV PATH=/opt/fhir-alliance/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    FHIR_ALLIANCE_HOST=0.0.0.0 \
    FHIR_ALLIANCE_PORT=8080 \
    FHIR_ALLIANCE_DATABASE_URL=sqlite:////data/ledger.sqlite
# The one place that is written to: run with --read-only and a volume here.
VOLUME /data
WORKDIR /data
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
CMD ["fhir-alliance", "serve"]
