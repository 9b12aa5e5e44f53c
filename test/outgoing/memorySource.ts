import { EventEmitter, once } from 'node:events'
import type { UserId } from '../../domain/identifiers.ts'
import type { Reading, Source, Told } from '../../src/outgoing/source.ts'

interface Row extends Told {
  readonly n: number
  readonly version: number
}

export interface MemorySource extends Source {
  /** Another status of a user; gives its number among his, from 1. */
  readonly change: (userId: string) => number
  readonly versionOf: (userId: string) => number
  /** From now on nothing is told, or all is. */
  readonly tells: (told: boolean) => void
  /** How often it was asked how a user stands. */
  readonly asked: () => number
}

/** A feed that is compacted to one row for each user, as the read model has it. */
export const memorySource = (log = 'a log'): MemorySource => {
  const rows = new Map<string, Row>()
  const bell = new EventEmitter()
  let n = 0
  let isTold = true
  let asked = 0
  const inOrder = (): readonly Row[] => [...rows.values()].sort((one, other) => one.n - other.n)
  return {
    log,
    change: (userId) => {
      n += 1
      const version = (rows.get(userId)?.version ?? 0) + 1
      const place = String(n).padStart(8, '0')
      rows.set(userId, { id: `change_${place}`, place, userId: userId as UserId, n, version })
      bell.emit('moved')
      return version
    },
    versionOf: (userId) => rows.get(userId)?.version ?? 0,
    read: (after, limit): Reading => {
      if (!isTold) return { _tag: 'NotNow' }
      if (after !== null && !/^\d{8}$/.test(after)) return { _tag: 'Foreign' }
      const changes = inOrder().filter(({ place }) => place > (after ?? ''))
      return { _tag: 'Read', changes: changes.slice(0, limit) }
    },
    tells: (told) => {
      isTold = told
    },
    asked: () => asked,
    newest: (userId) => {
      asked += 1
      if (!isTold) return null
      const row = rows.get(userId)
      return row === undefined
        ? null
        : { ...row, position: row.place, line: JSON.stringify({ id: row.id, subject: userId, version: row.version }) }
    },
    end: () => String(n).padStart(8, '0'),
    moved: async (signal) => {
      await once(bell, 'moved', { signal }).catch(() => undefined)
    },
  }
}
