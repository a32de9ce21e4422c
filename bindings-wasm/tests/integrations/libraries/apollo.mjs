import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client/core";
import { ServerError } from "@apollo/client/errors";
import { ok as holds, rejection } from "../../behaviour/expect.mjs";

// The sandbox's API answers {"ok":true} to everything; a GraphQL answer has that under `data`.
const asGraphQL = (fetch) => async (input, init) => {
    const response = await fetch(input, init);
    return response.ok ? Response.json({ data: await response.json() }, { headers: response.headers }) : response;
};

/** What `client.fetch` makes of the library, which uploads nothing. */
export function use(fetch, origin) {
    const api = (path) =>
        new ApolloClient({ link: new HttpLink({ uri: origin + path, fetch: asGraphQL(fetch) }), cache: new InMemoryCache() });
    const options = ({ signal } = {}) => ({ context: { fetchOptions: { signal } }, fetchPolicy: "no-cache" });
    const data = async (call) => {
        const { ok } = (await call).data;
        return { ok };
    };
    const QUERY = gql`query { ok }`;
    const MUTATION = gql`mutation ($number: Int) { ok(number: $number) }`;
    return {
        get: (path, more) => data(api(path).query({ query: QUERY, ...options(more) })),
        send: (path, variables, more) => data(api(path).mutate({ mutation: MUTATION, variables, ...options(more) })),
        async refused(path) {
            const error = await rejection(api(path).query({ query: QUERY }), path);
            holds(ServerError.is(error), "a ServerError");
            return error.statusCode;
        },
        aborted: (error, reason) => holds(error === reason, "the reason itself"),
        behind: (error) => error,
    };
}
