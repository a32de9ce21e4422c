// The certified oidc-provider as a token server: form bodies, Basic or body client authentication, JWT or opaque tokens.
//
// Client authentication, issuing and introspection are the provider's own. What is added here: an API in front that verifies
// tokens as any resource server would (JWTs against the published keys, opaque ones by introspection), and counts for tests.

import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createRemoteJWKSet, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' }, // 0 takes a free one
    ttl: { type: 'string', default: '1800' }, // lifetime of the long clients' tokens, in seconds
    'short-ttl': { type: 'string', default: '4' }, // lifetime of the short clients' tokens, in seconds
    'until-stdin-closes': { type: 'boolean', default: false }, // end with the process that holds the other end of stdin
  },
});
const long = Number(options.ttl);
const short = Number(options['short-ttl']);
const audience = 'urn:evertoken:api';

const clients = {
  basic: { client_id: 'evertoken-basic', client_secret: 'not-a-secret-basic', auth: 'client_secret_basic', format: 'jwt', ttl: long },
  basic_short: { client_id: 'evertoken-basic-short', client_secret: 'not-a-secret-basic-short', auth: 'client_secret_basic', format: 'jwt', ttl: short },
  // Arrives only when id and secret are form-encoded before base64 (RFC 6749, section 2.3.1).
  basic_reserved: { client_id: 'evertoken:basic', client_secret: 'a+b c%2F:/&=?~', auth: 'client_secret_basic', format: 'jwt', ttl: long },
  post: { client_id: 'evertoken-post', client_secret: 'not-a-secret-post', auth: 'client_secret_post', format: 'jwt', ttl: long },
  post_short: { client_id: 'evertoken-post-short', client_secret: 'not-a-secret-post-short', auth: 'client_secret_post', format: 'jwt', ttl: short },
  // Opaque tokens can be revoked at /token/revocation.
  opaque: { client_id: 'evertoken-opaque', client_secret: 'not-a-secret-opaque', auth: 'client_secret_post', format: 'opaque', ttl: long },
};
const byId = new Map(Object.values(clients).map((client) => [client.client_id, client]));

const server = createServer();
await new Promise((resolve) => server.listen(Number(options.port), '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const provider = new Provider(issuer, {
  clients: Object.values(clients).map(({ client_id, client_secret, auth }) => ({
    client_id,
    client_secret,
    token_endpoint_auth_method: auth,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'test' }] },
  scopes: ['read', 'write'],
  ttl: { ClientCredentials: (_ctx, _token, client) => byId.get(client.clientId).ttl },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => audience,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_ctx, _resource, client) => {
        const { format, ttl } = byId.get(client.clientId);
        return { scope: 'read write', audience, accessTokenFormat: format, accessTokenTTL: ttl };
      },
    },
  },
});
provider.on('server_error', (_ctx, error) => console.error(error));

const tokenRequests = new Map();
const count = (ctx) => {
  const id = ctx.oidc?.client?.clientId ?? '';
  tokenRequests.set(id, (tokenRequests.get(id) ?? 0) + 1);
};
provider.on('grant.success', count);
provider.on('grant.error', count);

const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));

/** The id of the client that the token was given to, or nothing when the token is not good. */
async function owner(token) {
  try {
    decodeProtectedHeader(token);
  } catch {
    const { client_id, client_secret } = clients.opaque;
    const answer = await fetch(`${issuer}/token/introspection`, { method: 'POST', body: new URLSearchParams({ token, client_id, client_secret }) });
    const { active, client_id: id } = await answer.json();
    return active ? id : undefined;
  }
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' });
    return payload.client_id;
  } catch {
    return undefined;
  }
}

async function api(request, response) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const client_id = scheme === 'Bearer' && token ? await owner(token) : undefined;
  if (!client_id) {
    const challenge = token ? 'Bearer error="invalid_token"' : 'Bearer';
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' });
    return response.end(JSON.stringify({ error: 'invalid_token' }));
  }
  const { method, url, headers } = request;
  response.writeHead(200, { 'content-type': 'application/json' });
  return response.end(JSON.stringify({ method, path: url, client_id, accept: headers.accept ?? null, content_type: headers['content-type'] ?? null }));
}

const oidc = provider.callback();
server.on('request', (request, response) => {
  const { pathname, searchParams } = new URL(request.url, issuer);
  if (pathname.startsWith('/api/')) {
    api(request, response).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  } else if (pathname === '/control/token-requests') {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ count: tokenRequests.get(searchParams.get('client_id') ?? '') ?? 0 }));
  } else {
    oidc(request, response);
  }
});

if (options['until-stdin-closes']) {
  process.stdin.resume().on('end', () => process.exit(0));
}
console.log(JSON.stringify({ url: issuer, clients }));
