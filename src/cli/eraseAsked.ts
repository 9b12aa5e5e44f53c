import { parseArgs } from 'node:util'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { type Asked, serviceUrl } from './askService.ts'

export const ERASE_USAGE = `usage: erase --due --reason <text> [--url <service>] --key-file <file>
       erase --due --confirm [--url <service>] --key-file <file>
       erase --user <id> --reason <text> [--authority <text>] [--url <service>] --key-file <file>
       erase --user <id> --confirm <number> [--url <service>] --key-file <file>
       erase --user <id> --withdraw <number> --reason <text> [--url <service>] --key-file <file>
       erase --verify`

export const ERASE_OPTIONS = {
  due: { type: 'boolean' },
  user: { type: 'string' },
  reason: { type: 'string' },
  authority: { type: 'string' },
  confirm: { type: 'boolean' },
  withdraw: { type: 'string' },
  verify: { type: 'boolean' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
} as const

/** What somebody wants of erasures. */
export type EraseAsked =
  | { readonly _tag: 'Verify' }
  | {
      readonly _tag: 'Due'
      readonly at: Asked
      readonly path: string
      readonly body: object
      readonly confirms: boolean
    }
  | {
      readonly _tag: 'One'
      readonly at: Asked
      readonly path: string
      readonly body: object
      readonly userId: UserId
      readonly step: 'requested' | 'confirmed' | 'withdrawn'
    }

const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d{1,15}$/.test(text)

/** What the words ask for; `null` where they ask for nothing that there is. Throws on an option that there is not. */
const read = (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): EraseAsked | null => {
  const { values, positionals } = parseArgs({ args: [...words], options: ERASE_OPTIONS, allowPositionals: true })
  const { due, user, reason, authority, confirm, withdraw, verify, url, 'key-file': keyFile } = values
  if (verify) return words.length === 1 ? { _tag: 'Verify' } : null
  if (keyFile === undefined) return null
  const at: Asked = { url: url ?? serviceUrl(environment), keyFile }
  if (due) {
    const isOther = user !== undefined || withdraw !== undefined || authority !== undefined || positionals.length > 0
    if (isOther || (confirm === true) === (reason !== undefined)) return null
    const path = confirm ? '/erasures/due/confirm' : '/erasures/due'
    return { _tag: 'Due', at, path, body: reason === undefined ? {} : { reason }, confirms: confirm === true }
  }
  if (user === undefined || !isUserId(user)) return null
  const of = { _tag: 'One', at, userId: user } as const
  const path = `/users/${user}/erasure`
  const [number] = positionals
  if (confirm) {
    const isRight = isNumber(number) && positionals.length === 1 && reason === undefined && withdraw === undefined
    return isRight ? { ...of, path: `${path}/${number}/confirm`, body: {}, step: 'confirmed' } : null
  }
  if (reason === undefined || positionals.length > 0) return null
  if (withdraw !== undefined) {
    const isRight = isNumber(withdraw) && authority === undefined
    return isRight ? { ...of, path: `${path}/${withdraw}/withdraw`, body: { reason }, step: 'withdrawn' } : null
  }
  const body = authority === undefined ? { reason } : { reason, authority }
  return { ...of, path, body, step: 'requested' }
}

export const eraseAsked = (...asked: Parameters<typeof read>): EraseAsked | null => {
  try {
    return read(...asked)
  } catch {
    return null
  }
}
