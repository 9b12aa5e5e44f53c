import fc from 'fast-check'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { recordedStream } from '../events/storedEvents.ts'
import { named, observed, ownStored, releasedByTwo, releasedOn, requested, type Writing } from '../events/writings.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { day, document, kyc, sentAgain, undated, user } from '../webhooks/plainWebhooks.ts'
import { USER } from './histories.ts'

const days = fc.integer({ min: 1, max: 12 })

const inOtherWords = (webhook: WebhookJson, clientId: number): WebhookJson => ({
  ...webhook,
  object_payload: { ...(webhook.object_payload as object), clientId },
})

/** Few payloads, sent again and again: most successes are echoes, or dated by their receipt alone. */
const webhooks: fc.Arbitrary<WebhookJson> = fc
  .tuple(
    fc.constantFrom<WebhookJson>(
      user('1', day(1)),
      user('2', day(2)),
      user('2', day(2)),
      user('3', day(3)),
      kyc('PENDING', day(1)),
      kyc('VALIDATED', day(2)),
      kyc('VALIDATED', day(2)),
      kyc('REFUSED', day(3)),
      user('what', day(3)),
      document('801', 'VALIDATED', day(2)),
    ),
    days,
    fc.integer({ min: 0, max: 5 }),
  )
  .map(([webhook, at, how]) => {
    if (how === 0) return undated(webhook)
    return how === 1 ? sentAgain(inOtherWords(webhook, at), day(at)) : sentAgain(webhook, day(at))
  })

interface Own {
  readonly kind: 'observed' | 'requested' | 'on' | 'two' | 'confirmed' | 'agreed'
  readonly at: number
  readonly answer: unknown
  readonly pick: number
}

const own: fc.Arbitrary<Own> = fc.record({
  kind: fc.constantFrom('observed', 'observed', 'requested', 'on', 'two', 'confirmed', 'confirmed', 'agreed', 'agreed'),
  at: fc.integer({ min: 4, max: 14 }),
  answer: fc.constantFrom('2', '2', '2', '3', '1', null, { kycReview: 2, userStatus: 'CANCELED' }),
  pick: fc.nat(1000),
})

/** Validated, refused, and validated anew in the same words; or validated, and nothing else. */
const anew = fc.constantFrom<readonly WebhookJson[]>(
  [user('2', day(2)), user('3', day(3)), sentAgain(user('2', day(2)), day(4))],
  [kyc('VALIDATED', day(2)), kyc('REFUSED', day(3)), sentAgain(kyc('VALIDATED', day(2)), day(4))],
  [user('2', day(2))],
  [kyc('VALIDATED', day(2))],
)

const isEcho = ({ metadata }: StoredEvent): boolean => {
  const { echoOf } = JSON.parse(metadata) as { readonly echoOf?: number | null }
  return typeof echoOf === 'number'
}
const isOf = (type: string) => (event: StoredEvent) => event.type === type
const isWebhook = ({ type }: StoredEvent): boolean => !type.startsWith('kyc-ledger.')

/** What is written next behind a stream: most of it names what stands there, and may be meant so. */
const writings = ({ kind, at, answer, pick }: Own, stream: readonly StoredEvent[]): readonly Writing[] => {
  const time = day(at)
  const of = stream.filter(isWebhook)
  const echoes = of.filter(isEcho)
  const chosen = echoes[pick % Math.max(1, echoes.length)] ?? of[pick % Math.max(1, of.length)]
  if (kind === 'observed' || chosen === undefined) return [observed(answer, time)]
  const name = named(stream, chosen.revision)
  const next = stream.length
  const confirmer = pick % 5 === 0 ? 'ann' : 'bob'
  if (kind === 'requested') return [requested(name, 'ann', time)]
  if (kind === 'confirmed') return [observed(answer, time), releasedOn(name, `own-${next}`, day(at + 1))]
  if (kind === 'agreed') {
    return [requested(name, 'ann', time), releasedByTwo(name, [next, 'ann', confirmer], day(at + 1))]
  }
  if (kind === 'on') return [releasedOn(name, stream.findLast(isOf('kyc-ledger.observed'))?.eventId ?? 'none', time)]
  const request = stream.findLast(isOf('kyc-ledger.release-requested'))
  if (request === undefined) return []
  const { releases } = JSON.parse(request.data) as { readonly releases: typeof name }
  return [releasedByTwo(releases, [request.revision, 'ann', confirmer], time)]
}

/** Streams of a user in which webhooks and what the service writes itself stand between each other, in the order of arrival. */
export const mixedStreams: fc.Arbitrary<readonly StoredEvent[]> = fc
  .tuple(
    anew,
    fc.array(fc.oneof({ weight: 1, arbitrary: webhooks }, { weight: 1, arbitrary: own }), {
      minLength: 1,
      maxLength: 10,
    }),
  )
  .map(([before, after]) => {
    const steps = [...before, ...after]
    const arriving = steps.filter((step): step is WebhookJson => !('kind' in step))
    const recorded = [...recordedStream(USER, arriving, (index) => day(5 + (index % 9)))]
    const stream: StoredEvent[] = []
    for (const step of steps) {
      if ('kind' in step) for (const one of writings(step as Own, stream)) stream.push(ownStored(one, stream.length))
      else {
        const next = recorded.shift()
        if (next !== undefined) stream.push({ ...next, revision: stream.length })
      }
    }
    return stream
  })
