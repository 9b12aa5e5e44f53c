import { expect } from 'chai'
import fc from 'fast-check'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { fold } from '../../domain/state/fold.ts'
import { assertLaw } from '../support/assertLaw.ts'
import { instant } from '../support/events/storedEvents.ts'
import { arrivalsWithoutEcho, distinguished, orphans, shuffled } from '../support/histories/histories.ts'
import { distinct, lives, momentOf } from '../support/histories/lives.ts'
import { answers } from '../support/histories/stories.ts'
import { withoutRevisions } from '../support/logs/withoutRevisions.ts'
import { type Arriving, newCast, type Pipeline, played, sharedPipelines } from '../support/pipeline/pipeline.ts'
import type { KycStatus } from '../support/service/answers.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'

/** After all that the generated webhooks claim: a receipt may limit a time, and then the order of arrival tells. */
const RECEIVED = instant('2030-01-01T00:00:00Z')
const later = (milliseconds: number): Instant => (RECEIVED + milliseconds * 1000) as Instant

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

/** What the service has observed: each at a time of its own, since of one time the last that was written has the last word. */
interface Observed {
  readonly observed: object
  readonly eventId: string
  readonly recordedAt: Instant
}
type Coming = Arriving | Observed

const ownId = (index: number): string =>
  `${((index * 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`

const DOCUMENTS = [{ documentId: '801', documentTypeId: '17', documentStatus: 'VALIDATED', codeStatus: '600009' }]
const observations: fc.Arbitrary<readonly Observed[]> = fc
  .array(fc.tuple(answers, fc.constantFrom(null, DOCUMENTS), fc.integer({ min: 0, max: 30 })), { maxLength: 3 })
  .map((all) =>
    all.map(([user, documents, hour], index) => ({
      observed: { source: 'treezor-api', user, documents },
      eventId: ownId(index + 1),
      recordedAt: (Math.min(momentOf(hour) * 100, RECEIVED) - index) as Instant,
    })),
  )

const sets: fc.Arbitrary<readonly Coming[]> = fc
  .tuple(mixed, observations)
  .map(([webhooks, observed]) => [...webhooks.map((webhook) => ({ webhook, receivedAt: RECEIVED })), ...observed])

const isWebhook = (one: Coming): one is Arriving => 'webhook' in one

/** One set on four ways: as it came, and in orders of their own, some webhooks more than once. */
const ways = sets.chain((set) => {
  const again = fc.subarray(set.filter(isWebhook))
  return fc.tuple(
    fc.constant(set),
    shuffled(set),
    again.chain((more) => shuffled([...set, ...more])),
    again.map((more) => [...set.toReversed(), ...more, ...set.filter(isWebhook)]),
  )
})

const come = async (pipeline: Pipeline, one: Coming, cast: ReturnType<typeof newCast>): Promise<void> => {
  if (isWebhook(one)) await pipeline.deliver(played(one.webhook, cast), one.receivedAt)
  else {
    const { eventId, observed, recordedAt } = one
    const data = played({ object_payload: observed }, cast).object_payload as Readonly<Record<string, unknown>>
    await pipeline.write(cast.user, eventId, { type: 'kyc-ledger.observed', data, recordedAt })
  }
}

/** How one way comes: each projected before the next, one after the other, or all at once. */
const oneByOne: typeof inARow = async (pipeline, coming, cast) => {
  for (const one of coming) {
    await come(pipeline, one, cast)
    await pipeline.projected()
  }
}
const inARow = async (
  pipeline: Pipeline,
  coming: readonly Coming[],
  cast: ReturnType<typeof newCast>,
): Promise<void> => {
  for (const one of coming) await come(pipeline, one, cast)
}
const atOnce: typeof inARow = async (pipeline, coming, cast) => {
  await Promise.all(coming.map((one) => come(pipeline, one, cast)))
}
const COMING = [oneByOne, inARow, oneByOne, atOnce]

/** Releases the newest success that was held back, by two persons or on an observation. */
const release = async (pipeline: Pipeline, userId: UserId, byTwo: boolean): Promise<void> => {
  const held = pipeline.kyc(userId).heldBack.at(-1)
  if (held === undefined) return
  const { stream, revision, eventId, payloadHash } = held
  const releases = { stream, revision, eventId, payloadHash }
  const write = (number: number, type: string, data: Readonly<Record<string, unknown>>) =>
    pipeline.write(userId, ownId(number), { type, data, recordedAt: later(number) })
  const user = { kycReview: '2' }
  const first = byTwo
    ? await write(101, 'kyc-ledger.release-requested', { releases, by: 'a', reason: 'r' })
    : await write(101, 'kyc-ledger.observed', { source: 'treezor-api', user, documents: null })
  const on = byTwo ? { request: first.revision, requestedBy: 'a', confirmedBy: 'b' } : { observation: ownId(101) }
  await write(102, 'kyc-ledger.released', { releases, on })
  await pipeline.projected()
}

describe('for any set of webhooks of a user, and of what was observed of him', () => {
  const pipelines = sharedPipelines(COMING.length)
  const everybody: UserId[] = []
  const given: string[] = []

  const bodiesOf = (pipeline: Pipeline, { user, other }: ReturnType<typeof newCast>): readonly (string | null)[] =>
    [user, other].map((userId) => withoutRevisions(pipeline.body(userId)))

  const folded = async (pipeline: Pipeline, userId: UserId): Promise<string | null> => {
    const { own, orphans: adopted } = await pipeline.userEvents(userId)
    return own.length === 0 ? null : JSON.stringify(currentStatus(fold(userId, own, adopted)))
  }

  /** Most statuses, identifications, documents and anomalies of many kinds. */
  const withMostOfEverything = (): void => {
    const all = given.map((text) => JSON.parse(text) as KycStatus)
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
      'observed-otherwise',
    ])
    expect(all.filter(({ observed }) => observed?.overlays)).to.have.length.greaterThan(3)
    expect(all.filter(({ released }) => released !== null)).to.have.length.greaterThan(1)
  }

  it('every order of delivery and every duplication gives the same answer, byte by byte', async () => {
    await assertLaw(
      fc.asyncProperty(ways, fc.boolean(), async (coming, byTwo) => {
        const cast = newCast()
        everybody.push(cast.user, cast.other)
        const bodies = await Promise.all(
          pipelines().map(async (pipeline, index) => {
            await COMING[index]?.(pipeline, coming[index] ?? [], cast)
            await pipeline.projected()
            const before = bodiesOf(pipeline, cast)
            if (before[0] !== null) await release(pipeline, cast.user, byTwo)
            return [...before, ...bodiesOf(pipeline, cast)]
          }),
        )
        for (const body of bodies) expect(body).to.deep.equal(bodies[0])
        for (const text of bodies[0] ?? []) {
          if (text === null) continue
          expect(text).to.not.include('"kind":"echo"')
          given.push(text)
        }
      }),
      { same: 67, others: 20 },
      withMostOfEverything,
    )
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
