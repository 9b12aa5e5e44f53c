import { expect } from 'chai'
import { fold, foldHistory, foldingHistory } from '../../domain/state/fold.ts'
import { readStored } from '../../domain/state/reading.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { readOwnHistory } from '../../src/readModel/ownHistory.ts'
import { heard } from '../support/events/writings.ts'
import { USER } from '../support/histories/histories.ts'
import { document, user } from '../support/webhooks/plainWebhooks.ts'

/** Longer than payloads are held of, with late events in between. */
const EVENTS = 2300
const BEGAN = Date.UTC(2024, 0, 1)
const HELD = 2000
const stream = heard(
  ...Array.from({ length: EVENTS }, (_, index) => {
    const at = new Date(BEGAN + ((index * 7) % EVENTS) * 60_000).toISOString()
    const documentTag = `of ${index}`
    return index % 40 === 0 ? user('2', at) : document(`d${index % 9}`, 'VALIDATED', at, { documentTag })
  }),
) as readonly RecordedEvent[]

const showing = (events: readonly RecordedEvent[]): EventStore =>
  ({
    readStream: async function* () {
      yield* events
    },
  }) as Partial<EventStore> as EventStore

describe('the stream of a user, read an event at a time', () => {
  it('is folded to the same as all of it at once, and without most of its payloads', async () => {
    const { history, last } = await readOwnHistory(showing(stream), USER, readStored())
    expect(last).to.equal(stream.at(-1))
    expect(foldHistory(USER, history(), [])).to.deep.equal(fold(USER, stream))
    const held = history().arrived.filter(({ event }) => event._tag === 'Webhook' && 'payload' in event.webhook)
    expect(held).to.have.length(HELD)
  })

  it('is folded to the same with turns for others in between', async () => {
    const { history } = await readOwnHistory(showing(stream), USER, readStored())
    const folding = foldingHistory(USER, history(), [])
    let turns = 0
    let next = folding.next()
    for (; !next.done; next = folding.next()) turns += 1
    expect(turns).to.be.greaterThan(5)
    expect(next.value).to.deep.equal(fold(USER, stream))
  })

  it('is incomplete where a revision is missing, whichever', async () => {
    for (const missing of [0, 1, HELD + 5]) {
      const left = stream.filter(({ revision }) => revision !== missing)
      const { history } = await readOwnHistory(showing(left), USER, readStored())
      expect(history().complete).to.equal(false)
      expect(foldHistory(USER, history(), [])).to.deep.equal(fold(USER, left))
    }
  })

  it('tells its last event, and throws what the domain throws, where that fails on an event', async () => {
    const fault = new Error('a fault of the domain')
    const { history, last } = await readOwnHistory(showing(stream), USER, (event, userId) => {
      if (event.revision === 3) throw fault
      return readStored()(event, userId)
    })
    expect(last).to.equal(stream.at(-1))
    expect(history).to.throw(fault)
  })
})
