import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { freePort } from '../freePort.ts'
import type { Env } from '../service/serviceProcess.ts'

export const ISSUER = 'https://identity.example/realms/kyc'
export const AUDIENCE = 'kyc-ledger'

/** A key that an issuer signs with. */
export interface IssuerKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  /** As it is published. */
  readonly jwk: JWK
}

export const newIssuerKey = async (kid: string, alg = 'ES256'): Promise<IssuerKey> => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

const inSeconds = (): number => Math.floor(Date.now() / 1000)

/** A token of this issuer for this service that is good for five minutes, but for what is said; `undefined` leaves a claim out. */
export const tokenBy = (
  { kid, alg, privateKey }: Pick<IssuerKey, 'kid' | 'alg' | 'privateKey'>,
  claims: { readonly [name in keyof JWTPayload]?: unknown } = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const usual = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'alice',
    iat: inSeconds(),
    exp: inSeconds() + 300,
    scope: 'kyc:read',
  }
  const payload = Object.fromEntries(Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined))
  return new SignJWT(payload).setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header }).sign(privateKey)
}

/** Where an issuer publishes its keys, over HTTP on this machine. */
export interface IssuerServer {
  readonly jwksUrl: string
  /** What a service is configured with that takes its tokens. */
  readonly env: Env
  /** How often it was asked. */
  readonly asked: () => number
  readonly publish: (keys: readonly IssuerKey[]) => void
  /** Answers otherwise from now on; `null`: as an issuer does. */
  readonly answer: (otherwise: RequestListener | null) => void
  /** Takes no connections any more, until it is opened again at the same address. */
  readonly close: () => Promise<void>
  readonly open: () => Promise<void>
}

export const startIssuer = async (first: readonly IssuerKey[]): Promise<IssuerServer> => {
  let keys = first
  let otherwise: RequestListener | null = null
  let asked = 0
  const server = createServer((req, res) => {
    asked += 1
    if (otherwise !== null) return otherwise(req, res)
    res.setHeader('Content-Type', 'application/jwk-set+json').end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const jwksUrl = `http://127.0.0.1:${port}/keys`
  return {
    jwksUrl,
    env: { JWT_ISSUER: ISSUER, JWT_AUDIENCE: AUDIENCE, JWT_JWKS_URL: jwksUrl, JWT_ALGORITHMS: 'ES256,RS256' },
    asked: () => asked,
    publish: (others) => {
      keys = others
    },
    answer: (how) => {
      otherwise = how
    },
    close: async () => {
      server.close().closeAllConnections()
      await once(server, 'close')
    },
    open: async () => {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
  }
}
