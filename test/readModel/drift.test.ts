import { expect } from 'chai'
import { askedAt, DRIFT_KINDS, type DriftKind } from '../../domain/answer/drift.ts'
import { OBSERVED } from '../../domain/event/ownEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, minutes } from '../../domain/instant.ts'
import type { ReadModelReader } from '../../src/readModel/database/reader.ts'
import { instant } from '../support/events/storedEvents.ts'
import { openPipeline, type Pipeline } from '../support/pipeline/pipeline.ts'
import { day, document, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

const [HEARD, UNHEARD] = ['42', '7'] as readonly string[] as readonly [UserId, UserId]
const time = { now: instant('2031-01-01T00:00:00Z'), after: minutes(60) }
const ALL = {
  status: null,
  reviewDueBefore: null,
  anomaly: null,
  pendingSince: null,
  after: null,
  limit: 10,
} as const

describe('what looks as if a webhook never came, as the read model is told of it', () => {
  let pipeline: Pipeline
  beforeEach(async () => {
    pipeline = await openPipeline()
  })
  afterEach(() => pipeline.close())

  const shown = (reader: ReadModelReader): Partial<Record<DriftKind, readonly UserId[]>> => {
    const listed = DRIFT_KINDS.map(
      (kind) => [kind, reader.users({ ...ALL, drift: askedAt(kind, time) }).map(({ userId }) => userId)] as const,
    )
    for (const [kind, users] of listed) expect(reader.usersByDrift(time)[kind], kind).to.equal(users.length)
    return Object.fromEntries(listed.filter(([, users]) => users.length > 0))
  }
  /** The same of the read model that follows, and of one that is made anew. */
  const drifting = async (): Promise<Partial<Record<DriftKind, readonly UserId[]>>> => {
    await pipeline.projected()
    const told = shown(pipeline.reader)
    const rebuilt = await pipeline.rebuilt()
    expect(shown(rebuilt)).to.deep.equal(told)
    expect(rebuilt.suspects(null, 10, time)).to.deep.equal(pipeline.reader.suspects(null, 10, time))
    return told
  }
  const answered = (userId: UserId, kycReview: string | null, recordedAt: Instant, documents: readonly string[] = []) =>
    pipeline.write(userId, `answer-${userId}-${recordedAt}`, {
      type: OBSERVED,
      data: {
        source: 'treezor-api',
        user: kycReview === null ? null : { kycReview },
        documents: documents.map((documentId) => ({ documentId })),
      },
      recordedAt,
    })

  it('begins and ends with each event, those included that the service writes itself, also of somebody who has no others', async () => {
    await pipeline.deliver(user('1', day(1)))
    await pipeline.deliver(user('2', day(2)))
    expect(await drifting()).to.deep.equal({})
    await answered(HEARD, '3', instant('2030-01-02T00:00:00Z'), ['9'])
    await answered(UNHEARD, '2', instant('2030-01-02T00:00:00Z'))
    expect(await drifting()).to.deep.equal({
      'observed-otherwise': [HEARD],
      'document-never-heard': [HEARD],
      'never-heard': [UNHEARD],
    })
    expect(pipeline.reader.suspects(null, 10, time)).to.deep.equal([HEARD])
    await answered(HEARD, '2', instant('2030-01-03T00:00:00Z'), ['9'])
    expect(await drifting()).to.deep.equal({ 'document-never-heard': [HEARD], 'never-heard': [UNHEARD] })
    expect(pipeline.reader.suspects(null, 10, time)).to.deep.equal([])
    const later = instant('2030-01-04T00:00:00Z')
    await pipeline.deliver(document('9', 'PENDING', '2030-01-03T12:00:00.000Z'), later)
    await pipeline.deliver(user('3', '2030-01-03T13:00:00.000Z'), later)
    await pipeline.deliver(sentAgain(user('2', day(2)), '2030-01-03T14:00:00.000Z'), later)
    expect(await drifting()).to.deep.equal({ 'held-back-success': [HEARD], 'never-heard': [UNHEARD] })
    await pipeline.erase(UNHEARD)
    await pipeline.erase(HEARD)
    expect(await drifting()).to.deep.equal({})
  })
})
