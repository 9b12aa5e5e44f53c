import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { readCredential, type TreezorApiConfig } from '../config/treezorApi.ts'
import { ABORTED, type ProviderFailure, unreadable } from './failure.ts'
import { unlessEnded } from './unlessEnded.ts'

/** A token of the provider's (RFC 6749, 5.1). It stands in no message. */
const Token = t.intersection([
  t.type({ access_token: t.string }),
  // Seconds; 3600 where it does not say (Treezor API v25.04).
  t.partial({ expires_in: t.union([t.number, t.string, t.null]) }),
])

const USUAL_S = 3600
/** It is renewed before it runs out: after nine tenths, since clocks and networks take their time. */
const GOOD_FOR = 0.9
/** What a header can hold (RFC 6750, 2.1), and no more than any token has. */
const IN_A_HEADER = /^[\x21-\x7e]{1,8192}$/

export interface Tokens {
  /** One that is good, however many want it at a time. */
  readonly get: (signal: AbortSignal) => Promise<E.Either<ProviderFailure, string>>
  /** It was not taken: another one is asked for. */
  readonly drop: (token: string) => void
}

interface Kept {
  readonly token: string
  readonly until: number
}

/** The form that a token is asked for with (RFC 6749, 4.4.2): id and secret stand in it, as the provider documents. */
const formOf = ({ clientIdFile, clientSecretFile, scope }: TreezorApiConfig): E.Either<string, string> => {
  const id = readCredential('TREEZOR_API_CLIENT_ID_FILE', clientIdFile)
  if (E.isLeft(id)) return id
  const secret = readCredential('TREEZOR_API_CLIENT_SECRET_FILE', clientSecretFile)
  if (E.isLeft(secret)) return secret
  const fields = { grant_type: 'client_credentials', client_id: id.right, client_secret: secret.right }
  return E.right(new URLSearchParams({ ...fields, ...(scope === '' ? {} : { scope }) }).toString())
}

const readToken = (text: string, now: number): E.Either<ProviderFailure, Kept> => {
  const json = J.parse(text)
  if (E.isLeft(json)) return E.left(unreadable('token', 'expected JSON'))
  const read = Token.decode(json.right)
  if (E.isLeft(read)) return E.left(unreadable('token', 'expected access_token, a text'))
  const { access_token: token, expires_in: expiresIn } = read.right
  if (!IN_A_HEADER.test(token)) return E.left(unreadable('token', 'access_token: expected a text for a header'))
  const seconds = Number(expiresIn ?? USUAL_S)
  return E.right({ token, until: now + (seconds > 0 ? seconds : USUAL_S) * 1000 * GOOD_FOR })
}

/**
 * Keeps the token. `request` asks for one with a form, and gives the text of the answer; the files are read anew each time. `now`: milliseconds of a clock
 * that never goes back.
 */
export const tokensOf = (
  config: TreezorApiConfig,
  request: (form: string) => Promise<E.Either<ProviderFailure, string>>,
  now: () => number = () => performance.now(),
): Tokens => {
  let kept: Kept | null = null
  let asking: Promise<E.Either<ProviderFailure, string>> | null = null

  const ask = async (): Promise<E.Either<ProviderFailure, string>> => {
    const form = formOf(config)
    if (E.isLeft(form)) return E.left({ _tag: 'NoCredentials', reason: form.left })
    const text = await request(form.right)
    if (E.isLeft(text)) return text
    const read = readToken(text.right, now())
    if (E.isLeft(read)) return read
    kept = read.right
    return E.right(read.right.token)
  }

  return {
    get: async (signal) => {
      if (kept !== null && now() < kept.until) return E.right(kept.token)
      asking ??= ask().finally(() => {
        asking = null
      })
      return unlessEnded(asking, signal, E.left(ABORTED))
    },
    drop: (token) => {
      if (kept?.token === token) kept = null
    },
  }
}
