import type { UserId } from '../identifiers.ts'
import { familyOfName } from './family.ts'
import { isObject } from './fields.ts'
import { interpret } from './interpretation.ts'
import type { Interpretation } from './meaning.ts'
import type { UnreadStatement } from './unread.ts'
import type { Webhook } from './webhook.ts'

/** Whom an interpretation speaks of; `null` stands for what can be attributed to nobody. */
export const spokenOf = ({ statements, unattributable }: Interpretation): readonly (UserId | null)[] => [
  ...new Set(statements.map(({ userId }) => userId)),
  ...(unattributable.length > 0 ? [null] : []),
]

/** What of a list belongs to somebody: an element as it stands at that place, or a note in its stead. */
export type Belonging = { readonly at: number } | { readonly note: string }

/** What of a payload belongs to somebody: elements of a list; of a payload that cannot be divided, a note. */
export type Share =
  | { readonly list: 'users' | 'documents'; readonly belongings: readonly Belonging[] }
  | { readonly list: null; readonly note: string }

/**
 * What stands instead of something that names several users and cannot be read: nobody can tell what in it is whose. It is read
 * as that was, by him alone: that there is something which names him, cannot be read, and may have decided.
 */
const noteTo = (userId: UserId | null, { statements }: Interpretation, isFollowed: boolean): string => {
  const heard = statements.filter(
    (statement): statement is UnreadStatement => statement.region === 'unread' && statement.userId === userId,
  )
  const decides = heard.some((statement) => statement.decides)
  const ofLifecycle = heard.some((statement) => statement.ofLifecycle)
  return JSON.stringify({
    user: { id: [userId] },
    ...(decides ? { kycreview: null } : isFollowed ? {} : { userstatus: null }),
    ...(ofLifecycle ? { lastrequestdatetime: null } : {}),
  })
}

const NOTE_KEYS: ReadonlySet<string> = new Set(['user', 'kycreview', 'userstatus', 'lastrequestdatetime'])

/** Whether a value is such a note to a user. */
export const isNoteTo = (userId: UserId, value: unknown): boolean =>
  isObject(value) &&
  JSON.stringify(value['user']) === JSON.stringify({ id: [userId] }) &&
  Object.entries(value).every(([key, inner]) => key === 'user' || (NOTE_KEYS.has(key) && inner === null))

const listOf = ({ family }: Interpretation): 'users' | 'documents' | null =>
  family === 'user' ? 'users' : family === 'document' ? 'documents' : null

/**
 * Divides the payload of a webhook that speaks of several users (`interpretation`): gives for each of them what is his, and for
 * `null` what can be attributed to nobody. Read alone it says of him what the whole does.
 */
export const divided = (webhook: Webhook, interpretation: Interpretation): ((userId: UserId | null) => Share) => {
  const list = listOf(interpretation)
  if (list === null) {
    const isFollowed = familyOfName(webhook.name) !== null
    return (userId) => ({ list, note: noteTo(userId, interpretation, isFollowed) })
  }
  const elements = (webhook.payload as Readonly<Record<string, readonly unknown[]>>)[list] ?? []
  const belongings = new Map<UserId | null, Belonging[]>()
  elements.forEach((element, at) => {
    const alone = interpret({ ...webhook, payload: { [list]: [element] } })
    const all = spokenOf(alone)
    for (const one of all) {
      const own = belongings.get(one) ?? []
      belongings.set(one, own)
      own.push(all.length === 1 ? { at } : { note: noteTo(one, alone, true) })
    }
  })
  return (userId) => ({ list, belongings: belongings.get(userId) ?? [] })
}
