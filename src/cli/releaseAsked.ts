import { parseArgs } from 'node:util'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { streamOf } from '../ledger/streams.ts'
import { type Asked, serviceUrl } from './askService.ts'

export const RELEASE_USAGE = `usage: release --user <id> [--url <service>] --key-file <file>
       release --user <id> --event <event id or revision> --reason <text> [--url <service>] --key-file <file>
       release --user <id> --confirm <number> [--url <service>] --key-file <file>`

export const RELEASE_OPTIONS = {
  user: { type: 'string' },
  event: { type: 'string' },
  reason: { type: 'string' },
  confirm: { type: 'string' },
  url: { type: 'string' },
  'key-file': { type: 'string' },
} as const

/** What somebody wants of the release of a success that was held back. */
export interface ReleaseAsked {
  readonly at: Asked
  readonly userId: UserId
  readonly path: string
  /** `null`: what there is is only listed. */
  readonly body: object | null
  readonly confirms: boolean
}

const A_NUMBER = /^(0|[1-9]\d{0,14})$/

/** A number is a revision of the user's own stream; whatever else it is, an id. */
const eventIn = (userId: UserId, text: string): object =>
  A_NUMBER.test(text) ? { stream: streamOf(userId), revision: Number(text) } : { eventId: text }

/** What the words ask for; `null` where they ask for nothing that there is. Throws on an option that there is not. */
const read = (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReleaseAsked | null => {
  const { values } = parseArgs({ args: [...words], options: RELEASE_OPTIONS })
  const { user: userId = '', event, reason, confirm, url, 'key-file': keyFile } = values
  if (!isUserId(userId) || keyFile === undefined) return null
  const of = { at: { url: url ?? serviceUrl(environment), keyFile }, userId }
  const path = `/users/${userId}/releases`
  if (confirm === undefined) {
    if (event === undefined && reason === undefined) return { ...of, path, body: null, confirms: false }
    if (event === undefined || event === '' || reason === undefined) return null
    return { ...of, path, body: { ...eventIn(userId, event), reason }, confirms: false }
  }
  if (event !== undefined || reason !== undefined || !A_NUMBER.test(confirm)) return null
  return { ...of, path: `${path}/${confirm}/confirm`, body: {}, confirms: true }
}

export const releaseAsked = (...asked: Parameters<typeof read>): ReleaseAsked | null => {
  try {
    return read(...asked)
  } catch {
    return null
  }
}
