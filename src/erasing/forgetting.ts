import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { replaceFile } from '../tree/files.ts'
import type { KnownErasures } from './knownErasures.ts'

const NAME = 'erasures-forgotten.json'

/** Up to where the journal of a directory has forgotten those whom `kyc-erasures` says are erased. */
const Mark = t.readonly(t.type({ logId: t.string, next: t.number }))

/** A mark that cannot be read, or of another log, is none: what was forgotten is forgotten again. */
const markIn = (file: string, { logId }: LogIdentity): number => {
  try {
    const mark = E.chainW(Mark.decode)(J.parse(readFileSync(file, 'utf8')))
    return E.isRight(mark) && mark.right.logId === logId ? mark.right.next : 0
  } catch {
    return 0
  }
}

/**
 * To be called before a log or a journal is put in the place of another: one of them may hold again what the other one says is
 * forgotten. Then all who are erased are forgotten once more.
 */
export const forgetMark = (dataDir: string): void => rmSync(join(dataDir, NAME), { force: true })

/** What holds deliveries that speak of users. */
interface Forgets {
  readonly forget: (userIds: readonly UserId[]) => Promise<E.Either<string, number>>
}

/**
 * Has the journal forget all who were erased by what was heard since it last did; a crash in between has it do so again. Gives how many
 * deliveries went; `Left`, for a person, where it could not.
 */
export const forgetErased = (
  journal: Forgets,
  dataDir: string,
  identity: LogIdentity,
): ((known: KnownErasures) => Promise<E.Either<string, number>>) => {
  const file = join(dataDir, NAME)
  let mark: number | null = null
  return async ({ erased }) => {
    mark ??= markIn(file, identity)
    const { next } = erased
    if (next <= mark) return E.right(0)
    const from = mark
    const users = [...erased.users.values()].filter(({ revision }) => revision >= from).map(({ userId }) => userId)
    const forgotten = users.length === 0 ? E.right(0) : await journal.forget(users)
    if (E.isLeft(forgotten)) return forgotten
    replaceFile(file, `${JSON.stringify({ logId: identity.logId, next })}\n`)
    mark = next
    return forgotten
  }
}
