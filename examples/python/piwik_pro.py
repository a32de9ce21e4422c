"""Lists the sites and apps of a Piwik PRO account. https://developers.piwik.pro/reference/authentication

export PIWIK_PRO_CLIENT_ID=.. PIWIK_PRO_CLIENT_SECRET=..
python piwik_pro.py acme.piwik.pro
"""

import sys

import evertoken


def main(account: str) -> None:
    with evertoken.Client(evertoken.piwik_pro(account)) as client:
        for app in client.get("/api/apps/v2").raise_for_status().json()["data"]:
            print(app["id"], app["attributes"]["name"])

        # The API takes application/vnd.api+json only; the client knows.
        new = {"data": {"type": "ppms/app", "attributes": {"name": "Shop", "urls": ["https://shop.example.com"]}}}
        made = client.post("/api/apps/v2", json=new).raise_for_status().json()["data"]
        print("made", made["id"])
        client.delete(f"/api/apps/v2/{made['id']}").raise_for_status()
        print("deleted it")


if __name__ == "__main__":
    main(sys.argv[1])
