import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import { instant } from '../support/events/storedEvents.ts'
import { arrivalsWithoutEcho, distinguished, orphans, shuffled } from '../support/histories/histories.ts'
import { distinct, lives } from '../support/histories/lives.ts'
import { type Arriving, newCast, type Pipeline, played, sharedPipelines } from '../support/pipeline/pipeline.ts'
import type { KycStatus } from '../support/service/answers.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** After all that the generated webhooks claim: a receipt may limit a time, and then the order of arrival tells. */
const RECEIVED = instant('2030-01-01T00:00:00Z')

const mixed = fc
  .tuple(
    fc.oneof(
      arrivalsWithoutEcho,
      lives(15),
      fc.tuple(arrivalsWithoutEcho, lives(8)).map(([a, b]) => [...a, ...b]),
    ),
    fc.array(orphans, { maxLength: 3 }),
  )
  .map(([own, ofNobody]): readonly WebhookJson[] => distinguished(distinct([...own, ...ofNobody])))

const sets: fc.Arbitrary<readonly Arriving[]> = mixed.map((webhooks) =>
  webhooks.map((webhook) => ({ webhook, receivedAt: RECEIVED })),
)

/** One set of webhooks on four ways: as it came, and in orders of their own, some of it more than once. */
const ways = sets.chain((set) => {
  const again = fc.subarray([...set])
  return fc.tuple(
    fc.constant(set),
    shuffled(set),
    again.chain((more) => shuffled([...set, ...more])),
    again.map((more) => [...set.toReversed(), ...more, ...set]),
  )
})

/** How the webhooks of one way come: each projected before the next, one after the other, or all at once. */
const oneByOne = async (pipeline: Pipeline, arriving: readonly Arriving[]): Promise<void> => {
  for (const { webhook, receivedAt } of arriving) {
    await pipeline.deliver(webhook, receivedAt)
    await pipeline.projected()
  }
}
const inARow = async (pipeline: Pipeline, arriving: readonly Arriving[]): Promise<void> => {
  for (const { webhook, receivedAt } of arriving) await pipeline.deliver(webhook, receivedAt)
}
const atOnce = async (pipeline: Pipeline, arriving: readonly Arriving[]): Promise<void> => {
  await Promise.all(arriving.map(({ webhook, receivedAt }) => pipeline.deliver(webhook, receivedAt)))
}
const COMING = [oneByOne, inARow, oneByOne, atOnce]

describe('for any set of webhooks of a user', () => {
  const pipelines = sharedPipelines(COMING.length)
  const everybody: UserId[] = []
  const answers: string[] = []

  const folded = async (pipeline: Pipeline, userId: UserId): Promise<string | null> => {
    const { own, orphans: adopted } = await pipeline.userEvents(userId)
    return own.length === 0 ? null : JSON.stringify(currentStatus(fold(userId, own, adopted)))
  }

  it('every order of delivery and every duplication gives the same answer, byte by byte', async () => {
    await fc.assert(
      fc.asyncProperty(ways, async (arriving) => {
        const cast = newCast()
        everybody.push(cast.user, cast.other)
        const bodies = await Promise.all(
          pipelines().map(async (pipeline, index) => {
            const way = (arriving[index] ?? []).map(({ webhook, receivedAt }) => ({
              webhook: played(webhook, cast),
              receivedAt,
            }))
            await COMING[index]?.(pipeline, way)
            await pipeline.projected()
            return [pipeline.body(cast.user), pipeline.body(cast.other)]
          }),
        )
        for (const body of bodies) expect(body).to.deep.equal(bodies[0])
        for (const text of bodies[0] ?? []) if (text !== null) answers.push(text)
      }),
      { numRuns: 60 },
    )
  })

  it('(the sets were worth it: with most statuses, identifications, documents and anomalies of many kinds)', () => {
    const all = answers.map((text) => JSON.parse(text) as KycStatus)
    expect(new Set(all.map(({ status }) => status)).size).to.be.at.least(4)
    expect(all.filter(({ verified }) => verified)).to.have.length.greaterThan(3)
    expect(all.filter(({ documents }) => documents.length > 1)).to.have.length.greaterThan(1)
    expect(all.filter(({ liveness }) => liveness !== null)).to.have.length.greaterThan(3)
    const kinds = new Set(all.flatMap(({ anomalies }) => anomalies.map(({ kind }) => kind)))
    expect([...kinds]).to.include.members([
      'unexpected-transition',
      'unknown-value',
      'unknown-name',
      'envelope-disagrees',
      'time-not-believed',
      'webhook-id-reused',
      'user-unknown',
    ])
    expect(kinds).to.not.include('echo')
  })

  it('the read model kept up event by event, the one rebuilt from the log and the fold say the same', async () => {
    for (const pipeline of pipelines()) {
      const rebuilt = await pipeline.rebuilt()
      for (const userId of everybody) {
        const kept = pipeline.body(userId)
        expect(rebuilt.kycAnswer(userId)?.body ?? null).to.equal(kept)
        expect(await folded(pipeline, userId)).to.equal(kept)
      }
    }
  })
})
