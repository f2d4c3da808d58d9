// An OpenID provider for the tests: node provider.mjs SETTINGS, where SETTINGS is JSON:
//   port     0 for a free one
//   people   claims by subject
//   secret   of the client `greenlane`; null for a public client
//   redirect where it sends browsers back
//   inToken  whether claims stand in the token; otherwise they must be asked for
// Prints its issuer when it listens. Its signing key is a new one at each start.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const settings = JSON.parse(process.argv[2]);

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

function configuration() {
  const client = {
    client_id: 'greenlane',
    redirect_uris: [settings.redirect],
    token_endpoint_auth_method: settings.secret === null ? 'none' : 'client_secret_basic',
  };
  return {
    clients: [settings.secret === null ? client : { ...client, client_secret: settings.secret }],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomUUID()] },
    claims: { openid: ['sub'], profile: ['preferred_username'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !settings.inToken,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...settings.people[sub] }) }),
    // Nobody is asked whether Greenlane may know who they are.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope('openid profile email');
      await grant.save();
      return grant;
    },
  };
}

const server = createServer();
server.listen(settings.port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration());
  const callback = provider.callback();
  server.on('request', (request, response) => {
    const url = new URL(request.url, issuer);
    if (!url.pathname.startsWith('/interaction/')) return callback(request, response);
    // The page where somebody types who they are: `?as=SUBJECT`, or nothing for somebody who turns away.
    const as = url.searchParams.get('as');
    const result = as ? { login: { accountId: as } } : { error: 'access_denied', error_description: 'turned away' };
    provider.interactionFinished(request, response, result);
  });
  console.log(issuer);
});
