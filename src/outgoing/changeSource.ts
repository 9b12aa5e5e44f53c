import { hash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { originOf } from '../ledger/logIdentity.ts'
import type { ToldChange } from '../readModel/database/changeReader.ts'
import type { ReadModelReader } from '../readModel/database/reader.ts'
import type { ReadModel } from '../readModel/readModel.ts'
import type { Reading, Source } from './source.ts'

/** 128 bits: two changes of one log never have it in common. */
const ID_LETTERS = 32

/**
 * What stands for a change for as long as its row stands in this read model: the ids of the feed are others after each start, and a
 * receiver has to know a webhook that he has had. It holds nothing that could be read, and no full stop, as Standard Webhooks would have it.
 */
const idOf = (log: LogIdentity, { userId, status, since, position, key }: ToldChange): string =>
  `change_${hash('sha256', [originOf(log), userId, status, since, position, key].join(' ')).slice(0, ID_LETTERS)}`

/** The feed of changes of a read model, for those whom it is brought to. `line` writes a change as a CloudEvent of that id. */
export const changeSource = (
  log: LogIdentity,
  readModel: Pick<ReadModel, 'reader' | 'hasCaughtUp' | 'moved'>,
  line: (change: ToldChange, id: string) => string,
): Source => {
  /** A read model that is damaged, or closed, tells nothing now. */
  const ask = <A>(question: (reader: ReadModelReader) => A): A | null => {
    const reader = readModel.reader()
    if (reader === null || !readModel.hasCaughtUp()) return null
    try {
      return question(reader)
    } catch {
      return null
    }
  }
  return {
    log: log.logId,
    read: (after, limit): Reading => {
      const told = ask(({ changes }) => changes(after, limit))
      if (told === null) return { _tag: 'NotNow' }
      if (E.isLeft(told)) return { _tag: told.left === 'foreign-id' ? 'Foreign' : 'NotNow' }
      const changes = told.right.map((change) => ({ place: change.id, id: idOf(log, change), userId: change.userId }))
      return { _tag: 'Read', changes }
    },
    newest: (userId) => {
      const told = ask(({ changeOf }) => changeOf(userId))
      if (told === null || E.isLeft(told) || told.right === null) return null
      const id = idOf(log, told.right)
      return { id, line: line(told.right, id), position: told.right.position }
    },
    end: () => {
      const end = ask(({ changesEnd }) => changesEnd())
      return end === null || E.isLeft(end) ? null : end.right
    },
    moved: readModel.moved,
  }
}
