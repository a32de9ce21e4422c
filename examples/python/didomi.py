"""Lists the properties of a Didomi organization. https://developers.didomi.io/api/introduction/authentication

export DIDOMI_API_KEY=.. DIDOMI_API_SECRET=..
python didomi.py ORGANIZATION
"""

import os
import sys

import evertoken


def main(organization: str, endpoint: str | None = None) -> None:
    with evertoken.Client(evertoken.didomi(endpoint=endpoint)) as client:
        answer = client.get("/v1/properties", params={"organization_id": organization}).raise_for_status()
        for found in answer.json()["data"]:
            print(found["id"], found["name"])


if __name__ == "__main__":
    main(sys.argv[1], os.environ.get("DIDOMI_ENDPOINT"))
