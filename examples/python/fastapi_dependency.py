"""A FastAPI application whose requests share one client, and so one token for each process.

export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=.. PIWIK_PRO_ACCOUNT=acme.piwik.pro
uvicorn fastapi_dependency:app --workers 4
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime
from typing import Annotated, TypedDict, cast

import evertoken
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse


class State(TypedDict):
    piwik: evertoken.AsyncClient


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[State]:
    # A mistyped account is said here, when the application starts. Nothing is sent before the first request.
    async with evertoken.AsyncClient(evertoken.piwik_pro(os.environ["PIWIK_PRO_ACCOUNT"])) as client:
        yield {"piwik": client}


def piwik_client(request: Request) -> evertoken.AsyncClient:
    return cast("evertoken.AsyncClient", request.state.piwik)


Piwik = Annotated[evertoken.AsyncClient, Depends(piwik_client)]
app = FastAPI(lifespan=lifespan)


@app.get("/apps")
async def apps(piwik: Piwik) -> list[str]:
    answer = (await piwik.get("/api/apps/v2")).raise_for_status()
    return [found["attributes"]["name"] for found in answer.json()["data"]]


@app.exception_handler(evertoken.EvertokenError)
async def no_token(_: Request, error: evertoken.EvertokenError) -> JSONResponse:
    # `fix` is for the one who runs this, not for the visitor: the log has it.
    headers = {"retry-after": format_datetime(error.retry_at, usegmt=True)} if error.retry_at else None
    return JSONResponse({"error": "analytics_unavailable"}, status_code=503, headers=headers)
