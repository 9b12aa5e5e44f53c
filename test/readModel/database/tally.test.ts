import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { STATUSES } from '../../../domain/answer/status.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { KINDS_OF_NOBODY } from '../../../projections/unattributed.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { newDirectory } from '../../support/newDirectory.ts'

const USERS = ['1', '2', '3', '4', '5', '6'] as readonly string[] as readonly UserId[]
const KINDS = ['echo', 'no-request-seen', 'unknown-name'] as const
const REVISIONS = [0, 1, 2, 3] as const

const user = fc.constantFrom(...USERS)
const revision = fc.constantFrom(...REVISIONS)

/** Whatever is written about users and events of nobody, with what it leaves in two lists that are kept by hand. */
type Step = (model: ReadModelWriter, users: Map<UserId, readonly string[]>, events: Map<number, string>) => void

const putUser = fc
  .record({ userId: user, status: fc.constantFrom(...STATUSES), anomalies: fc.subarray([...KINDS]) })
  .map(
    ({ userId, status, anomalies }): Step =>
      (model, users) => {
        model.put({
          userId,
          revision: 0,
          status,
          since: null,
          nextReviewDate: null,
          anomalies,
          drift: {},
          retention: null,
          body: `${status}${anomalies}`,
        })
        users.set(userId, [status, ...anomalies])
      },
  )
const eraseUser = user.map(
  (userId): Step =>
    (model, users) => {
      model.eraseUser({ userId, erasedAt: '2026-01-01T00:00:00.000Z', erasure: 0, revision: 0 })
      users.delete(userId)
    },
)
const putEvent = fc.record({ at: revision, kind: fc.constantFrom(...KINDS_OF_NOBODY) }).map(
  ({ at, kind }): Step =>
    (model, _users, events) => {
      const event = { eventId: `${at}`, revision: at, name: null, occurredAt: null, recordedAt: null, kind, detail: '' }
      model.addUnattributed({ event, documents: [], users: [], adoptable: false })
      // What was altered may be mended; what is told of any other event stays.
      if (!events.has(at) || events.get(at) === 'event-altered') events.set(at, kind)
    },
)
const eraseEvents = revision.map(
  (last): Step =>
    (model, _users, events) => {
      model.eraseUnattributed(last)
      for (const at of REVISIONS) if (at <= last) events.delete(at)
    },
)

const countOf = (words: Iterable<string>): Record<string, number> => {
  const counted: Record<string, number> = {}
  for (const word of words) counted[word] = (counted[word] ?? 0) + 1
  return counted
}

describe('how many there are', () => {
  it('is kept right by whatever is written, and a word that nobody has is not there', () => {
    const file = join(newDirectory(), 'read-model.db')
    const model = openReadModelWriter(file)
    const reader = openReadModelReader(file)
    const users = new Map<UserId, readonly string[]>()
    const events = new Map<number, string>()
    const steps = fc.array(fc.oneof(putUser, putUser, eraseUser, putEvent, eraseEvents), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(steps, (work) => {
        model.begin()
        for (const step of work) step(model, users, events)
        model.commit('1', null)
        const words = [...users.values()]
        expect(reader.usersByStatus()).to.deep.equal(countOf(words.map(([status = '']) => status)))
        expect(reader.usersByAnomaly()).to.deep.equal(countOf(words.flatMap(([, ...kinds]) => kinds)))
        expect(reader.unattributedByKind()).to.deep.equal(countOf(events.values()))
      }),
    )
    reader.close()
    model.close()
  })
})
