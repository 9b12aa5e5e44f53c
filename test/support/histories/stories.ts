import fc from 'fast-check'
import { knownBy } from '../../../domain/answer/question.ts'
import { fromMilliseconds } from '../../../domain/instant.ts'
import { fold } from '../../../domain/state/fold.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { type MemoryLedger, openMemoryLedger } from '../pipeline/memoryLedger.ts'
import type { WebhookJson } from '../webhooks/documentedWebhooks.ts'
import { type Forgery, forge, forgeries } from './forgeries.ts'
import { type Delivered, heardOf } from './heard.ts'
import { arrivals, shuffled, USER } from './histories.ts'
import { reviews } from './lives.ts'
import { type Judged, judgedOf, type Own } from './oracle.ts'
import { saidOfUser } from './said.ts'

/** What the provider's API shows of a user, as far as it is compared; `null` where it knows no such user. */
export type Shown = Readonly<Record<string, unknown>> | null

/** Which of the fields that name an event a release has wrong. */
export const MISNAMED = ['stream', 'revision', 'eventId', 'payloadHash'] as const
type Misnamed = (typeof MISNAMED)[number] | 'nothing'

/** One thing that happens. Numbers are taken modulo what there is. */
export type Step =
  | { readonly do: 'deliver'; readonly webhook: WebhookJson }
  /** By somebody who has captured what was delivered so far. */
  | { readonly do: 'forge'; readonly forgery: Forgery }
  | { readonly do: 'observe'; readonly shown: Shown }
  /** Of what is held back at that time, or, where nothing is, of all events. `before` names an observation before the last one. */
  | { readonly do: 'release'; readonly which: number; readonly before: number; readonly misnamed: Misnamed }
  | { readonly do: 'request'; readonly which: number; readonly by: string }
  /** The last request, unless it is of `another` event. */
  | {
      readonly do: 'confirm'
      readonly by: string
      readonly requestedBy: string | null
      readonly another: number | null
    }

const often = <A>(weight: number, usual: A, ...others: readonly A[]): fc.Arbitrary<A> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

const present = (fields: Readonly<Record<string, unknown>>): Shown =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** What the API may answer: by itself, whatever the user's life was. */
export const answers: fc.Arbitrary<Shown> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({
        kycReview: fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom<unknown>('2', 2) },
          { weight: 3, arbitrary: fc.constantFrom<unknown>('3', '1', 3) },
          { weight: 2, arbitrary: fc.constantFrom<unknown>('0', 4, '5', '6', 7, 8, '02', null, undefined) },
        ),
        kycLevel: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom<unknown>(undefined, '2', 2) },
          { weight: 1, arbitrary: fc.constantFrom<unknown>('1', '3', '4', 'high', null) },
        ),
        userStatus: often<unknown>(6, 'VALIDATED', undefined, 'PENDING', 'CANCELED', 'LOST'),
      })
      .map(present),
  },
  { weight: 1, arbitrary: fc.constant(null) },
)

const misnamed = often<Misnamed>(3, 'nothing', ...MISNAMED)
const PERSONS = ['ops-a', 'ops-b']

const observing: fc.Arbitrary<Step> = fc.record({ do: fc.constant('observe' as const), shown: answers })
const releasing: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('release' as const),
  which: fc.nat(20),
  before: often(3, 0, 1),
  misnamed,
})
const requesting: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('request' as const),
  which: fc.nat(20),
  by: fc.constantFrom(...PERSONS),
})
const confirming: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('confirm' as const),
  by: fc.constantFrom(...PERSONS),
  requestedBy: often<string | null>(8, null, ...PERSONS),
  another: often<number | null>(8, null, 0, 1, 2),
})
/** The provider is asked, and says that he is validated. */
export const VALIDATED: Step = { do: 'observe', shown: { kycReview: '2', userStatus: 'VALIDATED' } }

/** What the service does between two webhooks, mostly what goes together. */
export const doings: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 6, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.tuple(observing) },
  { weight: 2, arbitrary: fc.tuple(releasing) },
  { weight: 3, arbitrary: fc.tuple(fc.constant(VALIDATED), releasing) },
  { weight: 1, arbitrary: fc.tuple(observing, fc.constant(VALIDATED), releasing) },
  { weight: 1, arbitrary: fc.tuple(fc.constant(VALIDATED), observing, releasing) },
  { weight: 1, arbitrary: fc.tuple(requesting) },
  { weight: 1, arbitrary: fc.tuple(confirming) },
  { weight: 2, arbitrary: fc.tuple(requesting, confirming) },
)

const lived = fc.oneof(
  { weight: 4, arbitrary: reviews(9) },
  { weight: 2, arbitrary: reviews(9).chain(shuffled) },
  { weight: 1, arbitrary: arrivals(8) },
)

/** Histories with what the service does between the webhooks. */
export const stories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(lived, fc.array(doings, { minLength: 9, maxLength: 9 }))
  .map(([webhooks, between]) =>
    webhooks.flatMap((webhook, index): readonly Step[] => [{ do: 'deliver', webhook }, ...(between[index] ?? [])]),
  )

/** The same, with what somebody does between the steps who has captured all that was delivered. */
export const attackedStories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(stories, fc.array(fc.tuple(fc.nat(50), forgeries), { minLength: 1, maxLength: 3 }))
  .map(([steps, attacks]) => {
    const attacked: Step[] = [...steps]
    for (const [place, attack] of attacks) {
      attacked.splice(1 + (place % steps.length), 0, ...attack.map((forgery): Step => ({ do: 'forge', forgery })))
    }
    return attacked
  })

/** As the clock runs from step to step: with what the webhooks claim, or long after. */
export const clocks = fc
  .tuple(
    fc.constantFrom('2024-06-01T00:30:00Z', '2024-06-01T05:00:00Z', '2030-01-01T00:00:00Z').map(Date.parse),
    fc.constantFrom(1, 1_800_000, 3_600_000),
  )
  .map(
    ([first, pause]) =>
      (step: number): number =>
        first + step * pause,
  )

/** A history as far as it has come: what an oracle has to know of it, and the log that holds it. */
export interface Lived {
  readonly ledger: MemoryLedger
  readonly delivered: readonly (Delivered & { readonly step: number; readonly isForged: boolean })[]
  readonly written: readonly (Own & { readonly step: number })[]
  /** When each step was taken, in milliseconds, and how many events the user had then. */
  readonly at: readonly number[]
  readonly events: readonly number[]
}

/** By whoever has read the rules only: what all of it comes to that had occurred by `asOf`, and was known after so many steps. */
export const judgedThen = ({ delivered, written }: Lived, asOf = Infinity, steps = Infinity): Judged =>
  judgedOf(
    heardOf(
      delivered.filter(({ step }) => step < steps),
      USER,
    ).filter(({ at }) => Math.floor(at) <= asOf),
    written.filter(({ step, at }) => step < steps && at <= asOf),
  )

interface Named {
  readonly stream: string
  readonly revision: number
  readonly eventId: string
  readonly payloadHash: string
}

const nameOf = ({ stream, revision, eventId, metadata }: RecordedEvent): Named => {
  const { payloadHash } = JSON.parse(metadata) as { readonly payloadHash?: string }
  return { stream, revision, eventId, payloadHash: payloadHash ?? '0'.repeat(64) }
}

const WRONG: { readonly [Field in Misnamed]: Partial<Named> } = {
  nothing: {},
  stream: { stream: 'kyc-43' },
  revision: { revision: 1000 },
  eventId: { eventId: '00000000-0000-5000-8000-000000000000' },
  payloadHash: { payloadHash: 'f'.repeat(64) },
}

const textOf = ({ stream, revision, eventId, payloadHash }: Named): string =>
  JSON.stringify([stream, revision, eventId, payloadHash])

/** Takes the steps, one after the other. */
export const live = async (steps: readonly Step[], clock: (step: number) => number): Promise<Lived> => {
  const ledger = openMemoryLedger()
  const delivered: Lived['delivered'][number][] = []
  const written: Lived['written'][number][] = []
  const events: number[] = []
  const life: Lived = { ledger, delivered, written, at: steps.map((_, step) => clock(step)), events }

  const pick = (which: number): Named | undefined => {
    const events = ledger.own(USER).map(nameOf)
    const { held } = judgedThen(life)
    const wanted = events.filter((event) => held.includes(textOf(event)))
    // Few are released that are not held back.
    const from = wanted.length > 0 ? wanted : which % 5 === 0 ? events : []
    return from[which % from.length]
  }
  const deliver = async (webhook: WebhookJson, step: number, isForged: boolean): Promise<void> => {
    const receivedAt = clock(step)
    const outcome = await ledger.deliver(webhook, receivedAt)
    const stood = 'events' in outcome ? outcome.events.find(({ stream }) => stream === `kyc-${USER}`) : undefined
    const event = stood && ledger.own(USER)[stood.revision]
    delivered.push({ step, webhook, receivedAt, isForged, event: event && textOf(nameOf(event)) })
  }
  const last = <Is extends Own['is']>(is: Is, before = 0) =>
    written.filter((own): own is Extract<Lived['written'][number], { is: Is }> => own.is === is).at(-1 - before)

  for (const [step, taken] of steps.entries()) {
    const at = clock(step)
    const write = (type: string, data: object): Promise<RecordedEvent> =>
      ledger.write(USER, `kyc-ledger.${type}`, data, at)
    const release = async (releases: Named, on: Extract<Own, { is: 'released' }>['on']): Promise<void> => {
      const { revision } = await write('released', { releases, on })
      written.push({ is: 'released', step, at, revision, event: textOf(releases), on })
    }
    switch (taken.do) {
      case 'deliver':
        await deliver(taken.webhook, step, false)
        break
      case 'forge': {
        const sent = delivered.flatMap(({ isForged, webhook }) => (isForged ? [] : [webhook]))
        if (sent.length > 0) await deliver(forge(taken.forgery, sent, step), step, true)
        break
      }
      case 'observe': {
        const data = { source: 'treezor-api', user: taken.shown, documents: null }
        const { revision, eventId } = await write('observed', data)
        written.push({ is: 'observed', step, at, revision, id: eventId, shows: saidOfUser(taken.shown) })
        break
      }
      case 'release': {
        const event = pick(taken.which)
        const observation = last('observed', taken.before)?.id ?? 'none'
        if (event !== undefined) await release({ ...event, ...WRONG[taken.misnamed] }, { observation })
        break
      }
      case 'request': {
        const releases = pick(taken.which)
        if (releases === undefined) break
        const { revision } = await write('release-requested', { releases, by: taken.by, reason: 'asked by phone' })
        written.push({ is: 'requested', step, at, revision, event: textOf(releases), by: taken.by })
        break
      }
      case 'confirm': {
        const request = last('requested')
        if (request === undefined) break
        const [stream, revision, eventId, payloadHash] = JSON.parse(request.event)
        const asked: Named = { stream, revision, eventId, payloadHash }
        const releases = taken.another === null ? asked : (pick(taken.another) ?? asked)
        const requestedBy = taken.requestedBy ?? request.by
        await release(releases, { request: request.revision, requestedBy, confirmedBy: taken.by })
        break
      }
      default:
        taken satisfies never
    }
    events.push(ledger.own(USER).length)
  }
  return life
}

const limit = (milliseconds: number) => (Number.isFinite(milliseconds) ? fromMilliseconds(milliseconds) : null)

/** What the fold makes of all that had occurred by `asOf`, and was recorded by `knownAt`; both in milliseconds. */
export const foldedThen = ({ ledger }: Lived, asOf = Infinity, knownAt = Infinity): KycState =>
  fold(USER, knownBy(ledger.own(USER), limit(knownAt)), knownBy(ledger.orphans(), limit(knownAt)), {
    asOf: limit(asOf),
  })

const DECIDING = ['userId', 'kycReview', 'kycLevel', 'userStatus', 'kycStatus', 'lastReviewDatetime']

const shortly = (payload: unknown): string =>
  JSON.stringify(payload, (key, value: unknown) =>
    typeof value !== 'object' && key !== '' && Number.isNaN(Number(key)) && !DECIDING.includes(key) ? undefined : value,
  )

/** For a message: what happened, of webhooks no more than what decides. */
export const told = (steps: readonly Step[]): string =>
  steps
    .map((step) => {
      if (step.do !== 'deliver') return JSON.stringify(step)
      const { webhook_id, webhook_created_at, object_payload } = step.webhook
      return `${webhook_id} ${webhook_created_at} ${shortly(object_payload)}`
    })
    .join('\n')

/** Every moment at which something occurred or was recorded, and the one before. */
export const momentsOf = ({ delivered, at }: Lived): readonly number[] => {
  const claimed = delivered.flatMap(({ webhook: { webhook_created_at: claim } }) =>
    typeof claim === 'number' && claim > 1e13 ? [Math.floor(claim / 10)] : [],
  )
  return [...new Set([...at, ...claimed].flatMap((moment) => [moment - 1, moment]))]
}
