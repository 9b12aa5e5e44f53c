import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { readSecrets } from '../config/credentials.ts'
import { DEVELOPMENT_SECRET, isLoopback } from '../config/exposure.ts'
import { WEBHOOK_PATH } from '../sending/deliver.ts'
import { FLOWS, type Flow } from '../sending/flows.ts'
import { serviceUrl } from './askService.ts'
import { misread } from './misread.ts'

const USAGE = `usage: send <example or file> [--user <id>] [--secret <secret>] [--to <service>] [--real]
       send --flow ${Object.keys(FLOWS).join('|')} [--pause <seconds>] [--user <id>] [--secret <secret>] [--to <service>] [--real]
       send --list`

const OPTIONS = {
  list: { type: 'boolean' },
  flow: { type: 'string' },
  pause: { type: 'string' },
  user: { type: 'string' },
  secret: { type: 'string' },
  to: { type: 'string' },
  real: { type: 'boolean' },
} as const

const DEFAULT_PAUSE_S = 3
const LONGEST_PAUSE_S = 3600

interface To {
  /** The address of the service. */
  readonly service: string
  readonly secret: string
  /** About whom; `null` where nothing else is asked than what is in the webhook, or somebody new. */
  readonly userId: UserId | null
}

/** What is to be sent, and where. */
export type SendAsked =
  | { readonly kind: 'list' }
  | (To & { readonly kind: 'one'; readonly what: string })
  | (To & { readonly kind: 'flow'; readonly flow: Flow; readonly pauseS: number })

type Environment = Readonly<Record<string, string | undefined>>
type Values = ReturnType<typeof valuesOf>['values']

const valuesOf = (words: readonly string[]) =>
  parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, strict: true })

/** Also with the path at which webhooks are taken, which is not the service's own. */
const serviceAt = (address: string): URL | null => {
  const url = URL.parse(address)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    return null
  url.hash = ''
  url.pathname = url.pathname.replace(/\/*$/, '').replace(new RegExp(`${WEBHOOK_PATH}$`), '')
  return url
}

/**
 * Why nothing is sent there unless `--real` is said: what a service takes as the provider's stays in its log for good. Only where the secret
 * is everybody's, or was made up for this, can no service be one that believes it of somebody real.
 */
const tooReal = ({ hostname }: URL, secret: string, { secret: given, real }: Values): string | null => {
  if (real === true) return null
  const meant =
    'a service takes what is sent for what the provider says, and keeps it for good. If that is meant, add --real'
  if (!isLoopback(hostname.replace(/^\[|\]$/g, ''))) return `the address is not one of this machine: ${meant}`
  return given !== undefined || secret === DEVELOPMENT_SECRET
    ? null
    : `TREEZOR_WEBHOOK_SECRET is not "${DEVELOPMENT_SECRET}": ${meant}`
}

const pauseOf = (text: string | undefined): number | null => {
  if (text === undefined) return DEFAULT_PAUSE_S
  return /^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) <= LONGEST_PAUSE_S ? Number(text) : null
}

const toOf = (values: Values, environment: Environment): E.Either<string, To> => {
  const { user, to } = values
  if (user !== undefined && !isUserId(user))
    return E.left('--user: a positive whole number without leading zeros, of at most 19 digits')
  const url = serviceAt(to ?? serviceUrl(environment))
  if (url === null) return E.left('the address of the service (--to, KYC_URL) must read like http://127.0.0.1:3000')
  const configured = readSecrets(environment)
  if (values.secret === undefined && E.isLeft(configured)) return configured
  const secret = values.secret ?? (E.isLeft(configured) ? undefined : configured.right.all[0]) ?? DEVELOPMENT_SECRET
  if (secret === '') return E.left('--secret: must not be empty')
  const reason = tooReal(url, secret, values)
  return reason === null
    ? E.right({ service: url.href.replace(/\/$/, ''), secret, userId: user ?? null })
    : E.left(reason)
}

const flowOf = (name: string, values: Values, to: To): E.Either<string, SendAsked> => {
  if (to.userId !== null && !Number.isSafeInteger(Number(to.userId)))
    return E.left(`--user: in a life at most ${Number.MAX_SAFE_INTEGER}, since KYC objects name him by a number`)
  const pauseS = pauseOf(values.pause)
  if (pauseS === null) return E.left(`--pause: seconds, at most ${LONGEST_PAUSE_S}`)
  const flow = Object.hasOwn(FLOWS, name) ? FLOWS[name] : undefined
  return flow === undefined
    ? E.left(`--flow: one of ${Object.keys(FLOWS).join(', ')}`)
    : E.right({ ...to, kind: 'flow', flow, pauseS })
}

/** Reads what is asked for. `Left` says what cannot be meant so. */
export const sendAsked = (words: readonly string[], environment: Environment): E.Either<string, SendAsked> => {
  let asked: ReturnType<typeof valuesOf>
  try {
    asked = valuesOf(words)
  } catch {
    return E.left([misread(words, OPTIONS), USAGE].join('\n'))
  }
  const { values, positionals } = asked
  const [what, ...others] = positionals
  if (values.list === true && words.length === 1) return E.right({ kind: 'list' })
  const isOne = what !== undefined && others.length === 0 && values.flow === undefined && values.pause === undefined
  const isFlow = what === undefined && values.flow !== undefined
  if (values.list === true || (!isOne && !isFlow)) return E.left(USAGE)
  const to = toOf(values, environment)
  if (E.isLeft(to)) return to
  return what === undefined ? flowOf(values.flow ?? '', values, to.right) : E.right({ ...to.right, kind: 'one', what })
}
