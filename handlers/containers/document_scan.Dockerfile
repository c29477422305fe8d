# The image of ScanDocument, built from the root of the repository: docs/on-aws.md says how, and by which tag.
# It is python:3.13-slim by the digest of its index: the same on every architecture and every day.
FROM public.ecr.aws/docker/library/python@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
COPY handlers/containers/requirements.txt /tmp/
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /tmp/requirements.txt
COPY handlers/__init__.py /app/handlers/
COPY handlers/containers/__init__.py handlers/containers/document_scan.py /app/handlers/containers/
COPY handlers/shared/__init__.py handlers/shared/applications.py handlers/shared/clock.py /app/handlers/shared/
COPY handlers/shared/documents.py /app/handlers/shared/
WORKDIR /app
USER 65532:65532
ENTRYPOINT ["python", "-m", "handlers.containers.document_scan"]
