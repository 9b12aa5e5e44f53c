import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { Timeline } from '../../../domain/answer/timeline.ts'
import { fold } from '../../../domain/state/fold.ts'
import { type Reading, readStored } from '../../../domain/state/reading.ts'
import { heard } from '../../support/events/writings.ts'
import { USER } from '../../support/histories/histories.ts'
import { document, user } from '../../support/webhooks/plainWebhooks.ts'

const EVENTS = 1200
const BEGAN = Date.UTC(2024, 0, 1)

/** Every ninth is late: before all others, or a little. */
const minuteOf = (index: number): number => (index % 9 === 0 ? (index * 31) % (index + 1) : index)

const stream = heard(
  ...Array.from({ length: EVENTS }, (_, index) => {
    const at = new Date(BEGAN + minuteOf(index) * 60_000).toISOString()
    return index % 40 === 0 ? user('2', at) : document(`d${index % 9}`, 'VALIDATED', at, { documentTag: `of ${index}` })
  }),
)

const drained = (adding: Generator<null, boolean>): void => {
  while (!adding.next().done);
}

describe('a timeline', () => {
  it('comes to the state of the fold however few states it keeps, and however late an event is', () => {
    const few = new Timeline(USER, 4)
    const many = new Timeline(USER)
    for (const [index, event] of stream.entries()) {
      const reading = readStored()(event, USER)
      expect(E.isRight(reading)).to.equal(true)
      if (E.isLeft(reading)) continue
      for (const timeline of [few, many]) {
        timeline.arrived(event.revision)
        drained(timeline.add(reading.right satisfies Reading))
      }
      if (index % 100 === 0) expect(few.state).to.deep.equal(many.state)
    }
    expect(few.state).to.deep.equal(fold(USER, stream))
    expect(many.state).to.deep.equal(fold(USER, stream))
  })

  it('tells what came to be odd since something arrived last, and nothing from before that', () => {
    const timeline = new Timeline(USER)
    let gone = 0
    for (const event of stream.slice(0, 200)) {
      const reading = readStored()(event, USER)
      if (E.isLeft(reading)) continue
      timeline.arrived(event.revision)
      expect(timeline.odd).to.deep.equal({ gone: [], come: [] })
      drained(timeline.add(reading.right))
      gone += timeline.odd.gone.length
    }
    expect(gone).to.be.greaterThan(0)
  })
})
