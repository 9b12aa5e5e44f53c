import { isDamage } from '../sqlite/damage.ts'
import type { ReadModelReader } from './database/reader.ts'

const DAMAGED = 'READ_MODEL_DAMAGED'

export const isReadModelDamaged = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DAMAGED

/** Reads as `reader` does; the first read that comes upon a damaged page calls `damaged`, and fails as each after it. */
export const tellingDamage = (reader: ReadModelReader, damaged: () => void): ReadModelReader => {
  let told = false
  const telling =
    <Asked extends readonly unknown[], Answer>(read: (...asked: Asked) => Answer) =>
    (...asked: Asked): Answer => {
      try {
        return read(...asked)
      } catch (error) {
        if (!isDamage(error)) throw error
        if (!told) damaged()
        told = true
        throw Object.assign(new Error('the read model is damaged'), { code: DAMAGED })
      }
    }
  return {
    kycAnswer: telling(reader.kycAnswer),
    users: telling(reader.users),
    changes: telling(reader.changes),
    changeOf: telling(reader.changeOf),
    changesEnd: telling(reader.changesEnd),
    newestChanges: telling(reader.newestChanges),
    dueUsers: telling(reader.dueUsers),
    retentionOf: telling(reader.retentionOf),
    retentionFigures: telling(reader.retentionFigures),
    usersDue: telling(reader.usersDue),
    keptUsers: telling(reader.keptUsers),
    unattributed: telling(reader.unattributed),
    orphansOf: telling(reader.orphansOf),
    standingOf: telling(reader.standingOf),
    unknownWith: telling(reader.unknownWith),
    erasedUser: telling(reader.erasedUser),
    hasHearers: telling(reader.hasHearers),
    wholesAbout: telling(reader.wholesAbout),
    erasedInWholes: telling(reader.erasedInWholes),
    usersByStatus: telling(reader.usersByStatus),
    usersByAnomaly: telling(reader.usersByAnomaly),
    unattributedByKind: telling(reader.unattributedByKind),
    oldestPending: telling(reader.oldestPending),
    usersByDrift: telling(reader.usersByDrift),
    suspects: telling(reader.suspects),
    usersByNumber: telling(reader.usersByNumber),
    close: reader.close,
  }
}
