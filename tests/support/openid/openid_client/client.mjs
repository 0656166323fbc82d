// An application that signs people in with openid-client. It reads one call from each line of its
// standard input, {"call": name, ...}, and answers on one line: {"result": ...} or {"error": ...}.
import * as client from 'openid-client'
import { createInterface } from 'node:readline'

let configuration

const calls = {
  async discover({ issuer, client_id, secret }) {
    const authentication = client.ClientSecretBasic(secret)
    configuration = await client.discovery(
      new URL(issuer), client_id, {}, authentication, { timeout: 15 },
    )
    return configuration.serverMetadata()
  },

  // The caller keeps state, nonce and verifier, as an application does in its session.
  async begin({ redirect_uri, ...more }) {
    const verifier = client.randomPKCECodeVerifier()
    const kept = { state: client.randomState(), nonce: client.randomNonce() }
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...kept,
      ...more,
    })
    return { url: url.href, verifier, ...kept }
  },

  async exchange({ url, verifier, state, nonce, max_age }) {
    const tokens = await client.authorizationCodeGrant(configuration, new URL(url), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      maxAge: max_age,
      idTokenExpected: true,
    })
    return { ...tokens, claims: tokens.claims() }
  },

  userinfo: ({ access_token, sub }) => client.fetchUserInfo(configuration, access_token, sub),

  logout: (parameters) => client.buildEndSessionUrl(configuration, parameters).href,
}

// Errors of the library name what is wrong in `code`, those of the provider in `error`.
function explained({ name, code, error, status, message, cause }) {
  return { name, code, error, status, message, cause: cause?.message ?? cause }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...parameters } = JSON.parse(line)
  let answer
  try {
    answer = { result: await calls[call](parameters) }
  } catch (error) {
    answer = { error: explained(error) }
  }
  console.log(JSON.stringify(answer))
}
