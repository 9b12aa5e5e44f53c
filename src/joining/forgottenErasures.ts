import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../eventStore/eventStore.ts'
import { unlessDamaged } from '../eventStore/readFailure.ts'
import { readErasureList } from '../evidence/erasureList.ts'
import { readSealKey } from '../evidence/sealKey.ts'
import { readErased } from '../ledger/erased.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { erasureListFile, keptCheckpoint, keptErasureList } from '../sealing/kept.ts'
import type { VerifierKey } from '../tlog/keys.ts'
import type { Remembered } from './sealedEnd.ts'

/** More users were erased of the log than it knows of. */
export interface Forgotten {
  readonly users: number
  /** So many it knows of. */
  readonly held: number
  /** For a person: who says so. */
  readonly by: string
}

/** Without a key that can be read no list is believed; who seals says what is wrong with it. */
const keysIn = (keyFile: string): readonly VerifierKey[] => {
  try {
    return readSealKey(keyFile, 'log').map(({ verifier }) => verifier)
  } catch {
    return []
  }
}

/** What the directory says, whatever was lost of the log since: its newest checkpoint. */
const countedBy = (dataDir: string, { logId }: LogIdentity): readonly Pick<Remembered, 'erased' | 'by'>[] => {
  const kept = keptCheckpoint(dataDir)
  return kept?.origin.split('/')[0] === logId
    ? [{ erased: kept.erased ?? 0, by: `the last checkpoint, which ${dataDir} keeps,` }]
    : []
}

/**
 * Whether somebody remembers more erased users than the log knows of: a checkpoint that the directory or a witness has, or the list that
 * the directory keeps, which names them. `null` where nobody does, and of a log that is too damaged to tell.
 */
export const forgottenErasures = async (
  store: EventStore,
  dataDir: string,
  keyFile: string,
  identity: LogIdentity,
  remembered: readonly Remembered[],
): Promise<Forgotten | null> => {
  const counts = [...countedBy(dataDir, identity), ...remembered].toSorted((a, b) => b.erased - a.erased)
  const text = keptErasureList(dataDir)
  if ((counts[0]?.erased ?? 0) === 0 && text === '') return null
  const erased = await unlessDamaged(readErased(store), null)
  if (erased === null) return null
  const { users } = erased
  const list = text === '' ? E.left('') : readErasureList(text, keysIn(keyFile))
  if (E.isRight(list) && list.right.origin.split('/')[0] === identity.logId) {
    const missing = list.right.users.filter(({ userId }) => !users.has(userId))
    if (missing.length > 0) {
      return { users: users.size + missing.length, held: users.size, by: `the list ${erasureListFile(dataDir)}` }
    }
  }
  const [most] = counts
  return most !== undefined && most.erased > users.size ? { users: most.erased, held: users.size, by: most.by } : null
}
