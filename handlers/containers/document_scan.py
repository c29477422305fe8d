"""ScanDocument: read an applicant's document, and note what it says in the table of applications.

It ends with 0 once that is noted, whatever the document says: another exit code means that it has to run again. Its log
names the applicant by the id and says nothing else of them.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import boto3

from handlers.shared import clock
from handlers.shared.applications import Applications
from handlers.shared.documents import LARGEST_BYTES, Status, examine


def main() -> None:
    """Scan the document of the applicant APPLICANT_ID, in the bucket DOCUMENTS_BUCKET."""
    applicant_id = os.environ["APPLICANT_ID"]
    applications = Applications(boto3.resource("dynamodb").meta.client, os.environ["APPLICANTS_TABLE"])
    bucket = boto3.client("s3")
    print(f"applicant {applicant_id}: {document_scan(applicant_id, applications, bucket, clock.now().date())}")


def document_scan(applicant_id: str, applications: Applications, s3: Any, today: date) -> Status:
    """What the document came to.

    Raises:
        LookupError: when the application has gone.
    """
    application = applications.read(applicant_id)
    if application is None:
        raise LookupError(f"the application {applicant_id} has gone")
    status = examine(_scan(s3, application.document_key), application, today)
    applications.scanned(applicant_id, status)
    return status


def _scan(s3: Any, key: str) -> bytes:
    """The document, or a little more than may be read of it; empty where there is none.

    Who may not list a bucket is told of a missing object that access is denied:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    try:
        found = s3.get_object(Bucket=os.environ["DOCUMENTS_BUCKET"], Key=key)
    except s3.exceptions.ClientError as missing:
        if missing.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied"):
            return b""
        raise
    return found["Body"].read(LARGEST_BYTES + 1)


if __name__ == "__main__":
    main()
