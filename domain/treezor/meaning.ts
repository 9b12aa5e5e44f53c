import { isLeft } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { readBy, UNREAD } from '../codec.ts'
import type { UserId } from '../identifiers.ts'
import type { OrphanStatement } from './document.ts'
import type { Family } from './family.ts'
import { mentionsIn } from './mentions.ts'
import type { Statement } from './statement.ts'
import { unreadStatements } from './unread.ts'

/** What a webhook means. */
export interface Interpretation {
  /** Told by the shape of the signed payload; `null` for a shape this service does not know. */
  readonly family: Family | null
  readonly statements: readonly Statement[]
  /** Documents that are named while nobody is beside them. */
  readonly orphans: readonly OrphanStatement[]
  /** Paths of what could not be read and names nobody who hears of it instead. */
  readonly unattributable: readonly string[]
}

const meaning = (family: Family, statements: readonly Statement[], unattributable: readonly string[]) => ({
  family,
  statements,
  orphans: [],
  unattributable,
})

const pathOf = ({ context }: t.ValidationError): string => context.map(({ key }) => key).join('.')

/** What a payload means that is one object: heard by whom it names, where it cannot be read. */
export const meaningOfOne = <A>(
  family: Family,
  codec: t.Decoder<unknown, A>,
  payload: unknown,
  state: (value: A) => readonly Statement[],
): Interpretation => {
  const value = readBy(codec)(payload)
  if (value !== UNREAD) return meaning(family, state(value), [])
  const decoded = codec.decode(payload)
  const paths = isLeft(decoded) ? decoded.left.map(pathOf) : []
  const unread = unreadStatements(mentionsIn(payload), paths[0] ?? '', family, null)
  return meaning(family, unread, unread.length > 0 ? [] : paths.map((path) => `object_payload${path}`))
}

/** What a payload means that is a list of objects; each is read for itself. */
export const meaningOfMany = <A>(
  family: Family,
  list: 'users' | 'documents',
  codec: t.Decoder<unknown, A>,
  payload: unknown,
  state: (value: A, path: string) => Statement,
): Interpretation => {
  const read = readBy(codec)
  const elements = (payload as Record<string, readonly unknown[]>)[list] ?? []
  const statements: Statement[] = []
  const unattributable: string[] = elements.length === 0 ? [`object_payload.${list}[0]`] : []
  elements.forEach((element, index) => {
    const path = `${list}[${index}]`
    const value = read(element)
    if (value !== UNREAD) {
      statements.push(state(value, path))
      return
    }
    const unread = unreadStatements(mentionsIn(element, list), `.${path}`, family, null)
    if (unread.length > 0) statements.push(...unread)
    else unattributable.push(`object_payload.${path}`)
  })
  return meaning(family, statements, unattributable)
}

/** As what a user hears it: `null` where something of what it says to him cannot be read, and may be anything. */
export const familyFor = ({ family, statements }: Interpretation, userId: UserId | null): Family | null =>
  statements.some((statement) => statement.region === 'unread' && statement.userId === userId) ? null : family
