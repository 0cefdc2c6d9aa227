"""S3's own protocol, as far as files need it, with signatures really checked.

Source: Amazon's description of Signature Version 4 for requests in headers and in queries.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ACCESS, SECRET, REGION = "test-access", "test-secret", "eu-test-1"


class S3:
    """A bucket in memory; nothing is read or written without a valid signature."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str, datetime]] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.broken = False
        self._numbers = itertools.count()

    def app(self) -> Starlette:
        methods = ["GET", "PUT", "DELETE", "POST"]
        routes = [
            Route("/bucket", self.bucket, methods=methods),
            Route("/bucket/{key:path}", self.object, methods=methods),
        ]
        return Starlette(routes=routes)

    async def bucket(self, request: Request) -> Response:
        if not signed(request):
            return xml("<Error><Code>SignatureDoesNotMatch</Code></Error>", 403)
        if self.broken:
            return xml("<Error><Code>AccessDenied</Code></Error>", 403)
        if "delete" in request.query_params:
            body = (await request.body()).decode()
            keys = [part.split("</Key>")[0] for part in body.split("<Key>")[1:]]
            for key in keys:
                self.objects.pop(key, None)
            gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
            return xml(f"<DeleteResult>{gone}</DeleteResult>")
        prefix = request.query_params.get("prefix", "")
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>e</ETag>"
            f"<LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for key, (content, _, at) in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")

    async def object(self, request: Request) -> Response:
        if not request.path_params["key"]:
            return await self.bucket(request)
        if not signed(request) or self.broken:
            return xml("<Error><Code>AccessDenied</Code></Error>", 403)
        key, query = request.path_params["key"], request.query_params
        match request.method:
            case "POST":
                return await self.multipart(request, key)
            case "PUT" if "uploadId" in query:
                self.uploads[query["uploadId"]][int(query["partNumber"])] = await request.body()
                return Response(headers={"ETag": '"part"'})
            case "PUT":
                kind = request.headers.get("content-type", "")
                self.objects[key] = (await request.body(), kind, datetime.now(UTC))
                return Response(headers={"ETag": '"e"'})
            case "DELETE":
                self.uploads.pop(query.get("uploadId", ""), None)
                if "uploadId" not in query:
                    self.objects.pop(key, None)
                return Response(status_code=204)
            case _:
                return self.read(key)

    async def multipart(self, request: Request, key: str) -> Response:
        if "uploads" in request.query_params:
            number = f"{next(self._numbers)}:{request.headers.get('content-type', '')}"
            self.uploads[number] = {}
            answer = f"<UploadId>{number}</UploadId>"
            return xml(f"<InitiateMultipartUploadResult>{answer}</InitiateMultipartUploadResult>")
        number = request.query_params["uploadId"]
        parts = self.uploads.pop(number)
        content = b"".join(parts[part] for part in sorted(parts))
        self.objects[key] = (content, number.partition(":")[2], datetime.now(UTC))
        return xml(
            "<CompleteMultipartUploadResult><Location>l</Location><Bucket>bucket</Bucket>"
            f"<Key>{escape(key)}</Key><ETag>e</ETag></CompleteMultipartUploadResult>"
        )

    def read(self, key: str) -> Response:
        if key not in self.objects:
            return xml("<Error><Code>NoSuchKey</Code></Error>", 404)
        content, kind, at = self.objects[key]
        headers = {"ETag": '"e"', "Last-Modified": format_datetime(at, usegmt=True)}
        return Response(content, 200, headers, kind or None)


def xml(body: str, status: int = 200) -> Response:
    return Response(f'<?xml version="1.0"?>{body}', status, media_type="application/xml")


def signed(request: Request) -> bool:
    """Compute the signature anew and compare."""
    query = dict(request.query_params)
    if "X-Amz-Signature" in query:
        given, date = query.pop("X-Amz-Signature"), query["X-Amz-Date"]
        scope = query["X-Amz-Credential"].partition("/")[2]
        names, payload = query["X-Amz-SignedHeaders"], "UNSIGNED-PAYLOAD"
        until = at(date) + timedelta(seconds=int(query["X-Amz-Expires"]))
        if datetime.now(UTC) >= until:
            return False
    else:
        header = request.headers.get("authorization", "")
        if not header.startswith("AWS4-HMAC-SHA256 "):
            return False
        fields = dict(part.strip().split("=", 1) for part in header[17:].split(","))
        given, names = fields["Signature"], fields["SignedHeaders"]
        scope = fields["Credential"].partition("/")[2]
        date = request.headers["x-amz-date"]
        payload = request.headers["x-amz-content-sha256"]
    return hmac.compare_digest(given, signature(request, query, names, payload, date, scope))


def signature(
    request: Request, query: dict[str, str], names: str, payload: str, date: str, scope: str
) -> str:
    path = quote(unquote(request.scope["raw_path"].decode()), safe="/~")
    pairs = sorted((quote(k, safe="~"), quote(v, safe="~")) for k, v in query.items())
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names.split(";"))
    canonical = "\n".join(
        [request.method, path, "&".join(f"{k}={v}" for k, v in pairs), headers, names, payload]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = b"AWS4" + SECRET.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    said = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}"
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()


def at(date: str) -> datetime:
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
