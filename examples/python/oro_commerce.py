"""Lists the users of an OroCommerce shop. https://doc.oroinc.com/api/authentication/oauth-client-credentials/

export ORO_CLIENT_ID=.. ORO_CLIENT_SECRET=..     # made in System > User Management > OAuth Applications
python oro_commerce.py https://shop.example.com
"""

import sys

import evertoken


def main(url: str) -> None:
    # The storefront's API is another surface, with OAuth applications and tokens of its own: surface="storefront".
    with evertoken.Client(evertoken.oro_commerce(url, surface="back_office")) as client:
        for user in client.get("/admin/api/users", params={"page[size]": 10}).raise_for_status().json()["data"]:
            print(user["id"], user["type"])


if __name__ == "__main__":
    main(sys.argv[1])
