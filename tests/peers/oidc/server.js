// An OpenID provider for tests. Prints its issuer, makes new keys for each line of standard input, and ends with it.
//
// Its tokens are for the audience that a client asks for by `resource`, which may be an algorithm, such as `urn:RS256`;
// for all others it signs by ES256.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { Provider } from 'oidc-provider';

const kinds = [
  ['rsa', { modulusLength: 2048 }, {}],
  ['ec', { namedCurve: 'P-256' }, { alg: 'ES256' }],
  ['ed25519', {}, { alg: 'EdDSA' }],
];

// Standard output is for what tests wait for.
console.info = console.error;

let generation = 0;
let old = [];

// The first key of a kind signs; those of the generation before stay published, as tokens signed with them are around.
function keys() {
  generation += 1;
  const made = kinds.map(([kind, options, members]) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
    ...members,
    kid: `${kind}-${generation}`,
    use: 'sig',
  }));
  const all = [...made, ...old];
  old = made;
  return { keys: all };
}

function provider(issuer) {
  const made = new Provider(issuer, {
    jwks: keys(),
    clients: [{
      client_id: 'shop',
      client_secret: 'secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    }],
    ttl: { ClientCredentials: 600 },
    scopes: ['orders:read', 'orders:write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'orders:read orders:write',
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: /^urn:(\w+)$/.exec(resource)?.[1] ?? 'ES256' } },
        }),
      },
    },
  });
  return made.callback();
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let callback = provider(issuer);
  server.on('request', (request, response) => callback(request, response));
  console.log(issuer);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => {
    callback = provider(issuer);
    console.log('rotated');
  });
  lines.on('close', () => process.exit(0));
});
