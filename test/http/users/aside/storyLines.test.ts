import { expect } from 'chai'
import type { HistoryEntry } from '../../../../domain/answer/history.ts'
import { readStored, withoutPayload } from '../../../../domain/state/reading.ts'
import { asRead } from '../../../../src/eventStore/asRead.ts'
import type { RecordedEvent } from '../../../../src/eventStore/recordedEvent.ts'
import { storyLines } from '../../../../src/http/users/aside/storyLines.ts'
import type { HistoryAsked, ToldLine } from '../../../../src/http/users/aside/words.ts'
import { historyLines } from '../../../../src/http/users/historyLines.ts'
import { streamOf, UNATTRIBUTED } from '../../../../src/ledger/streams.ts'
import { instant, storedEvent } from '../../../support/events/storedEvents.ts'
import { USER } from '../../../support/histories/histories.ts'
import { right } from '../../../support/right.ts'
import type { WebhookJson } from '../../../support/webhooks/documentedWebhooks.ts'
import { day, document, user } from '../../../support/webhooks/plainWebhooks.ts'

const OWN = streamOf(USER)
/** The document of the user, in a webhook that does not say whose it is. */
const ofNobody = (status: string, at: string): WebhookJson =>
  document('801', status, at, { userId: '1XXXXXX', fileName: at })

/** In the order of the log, in which each stands at its place. */
const LOG: readonly (readonly [stream: string, WebhookJson])[] = [
  [UNATTRIBUTED, ofNobody('VALIDATED', day(1))],
  [OWN, user('1', day(2))],
  [UNATTRIBUTED, ofNobody('CANCELED', day(3))],
  [OWN, document('801', 'PENDING', day(4))],
  [UNATTRIBUTED, ofNobody('VALIDATED', day(5))],
  [UNATTRIBUTED, ofNobody('CANCELED', day(6))],
  [OWN, user('2', day(7))],
  [UNATTRIBUTED, ofNobody('PENDING', day(8))],
  [UNATTRIBUTED, ofNobody('VALIDATED', day(9))],
  [UNATTRIBUTED, ofNobody('PENDING', day(10))],
]
const [CORRECTED, ALTERED, UNREADABLE] = [4, 7, 9]
const CORRECTIONS = [{ from: String(CORRECTED), to: String(CORRECTED), countsAs: instant(day(20)) }]

const events = LOG.map(([stream, webhook], place) => {
  const revision = LOG.slice(0, place).filter(([of]) => of === stream).length
  const event = storedEvent(webhook, { user: stream === OWN ? USER : null, revision })
  const data = place === ALTERED ? event.data.replace('PENDING', 'VALIDATED') : event.data
  const metadata = place === UNREADABLE ? '' : event.metadata
  return asRead({ ...event, data, metadata }, stream, revision, String(place))
})
const own = events.filter(({ stream }) => stream === OWN)
const orphans = events.filter(({ stream }) => stream === UNATTRIBUTED)
const story = own.map((event) => withoutPayload(right(readStored(CORRECTIONS)(event, USER))))

async function* ofLog(): AsyncGenerator<RecordedEvent> {
  yield* events
}
const awaited = (): boolean => true

const tell = async (begins: Pick<HistoryAsked, 'from' | 'fromUnattributed'>) => {
  const asked = { userId: USER, last: own.length - 1, orphans, readModel: null, most: null, ...begins }
  const altered: RecordedEvent[] = []
  const isAltered = (event: RecordedEvent): void => void altered.push(event)
  const some = await Array.fromAsync(storyLines(asked, story, CORRECTIONS, isAltered, awaited))
  return { lines: some.flat(), altered }
}

/** Its place in the log and in its stream, how it leaves the user and the document, and what is odd. */
const shown = ({ json, stream, revision }: ToldLine): readonly unknown[] => {
  const told = JSON.parse(json) as HistoryEntry & RecordedEvent
  expect({ stream, revision }).to.deep.equal({ stream: told.stream, revision: told.revision })
  const { status, documents } = told.after
  const odd = told.anomalies.flatMap(({ kind }) =>
    kind === 'event-altered' || kind === 'unreadable-event' ? [kind] : [],
  )
  return [told.position, stream, revision, status, documents['801'] ?? null, told.corrected ? 'corrected' : odd.join()]
}

describe('the lines of a history, where it is known what the own events of the user say', () => {
  const EXPECTED: readonly (readonly unknown[])[] = [
    ['0', UNATTRIBUTED, 0, 'none', null, ''],
    ['1', OWN, 0, 'pending', null, ''],
    ['2', UNATTRIBUTED, 1, 'pending', null, ''],
    ['3', OWN, 1, 'pending', 'pending', ''],
    ['4', UNATTRIBUTED, 2, 'pending', 'validated', 'corrected'],
    ['5', UNATTRIBUTED, 3, 'pending', 'canceled', ''],
    ['6', OWN, 2, 'validated', 'canceled', ''],
    ['7', UNATTRIBUTED, 4, 'unknown', 'canceled', 'event-altered'],
    ['8', UNATTRIBUTED, 5, 'unknown', 'validated', ''],
    ['9', UNATTRIBUTED, 6, 'unknown', 'validated', 'unreadable-event'],
  ]

  it('stand in the order of the log, those of nobody before, between and after his own, each with its place', async () => {
    const { lines } = await tell({ from: 0, fromUnattributed: 0 })
    expect(lines.map(shown)).to.deep.equal(EXPECTED)
  })

  it('are those that are told of the log', async () => {
    const { lines } = await tell({ from: 0, fromUnattributed: 0 })
    const told = historyLines(USER, ofLog(), CORRECTIONS, awaited, () => undefined)
    expect(lines).to.deep.equal(await Array.fromAsync(told))
  })

  it('begin, of each stream, where it is asked for, and say the same', async () => {
    for (const from of [0, 1, 3]) {
      for (const fromUnattributed of [0, 2, 5, 6]) {
        const { lines } = await tell({ from, fromUnattributed })
        const asked = EXPECTED.filter(([, stream, at]) => Number(at) >= (stream === OWN ? from : fromUnattributed))
        expect(lines.map(shown), `${from}, ${fromUnattributed}`).to.deep.equal(asked)
      }
    }
  })

  it('come with the word which event of nobody is not what was received, be its own line asked for or not', async () => {
    for (const fromUnattributed of [0, 5]) {
      expect((await tell({ from: 0, fromUnattributed })).altered).to.deep.equal([events[ALTERED]])
    }
  })
})
