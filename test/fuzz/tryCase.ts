import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import pino from 'pino'
import { accountOf } from '../../domain/answer/account.ts'
import { currentStatus } from '../../domain/answer/currentStatus.ts'
import { history } from '../../domain/answer/history.ts'
import { readEvent } from '../../domain/event/kycEvent.ts'
import { isMixed } from '../../domain/event/mixed.ts'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { fromMilliseconds } from '../../domain/instant.ts'
import { readPolicy } from '../../domain/retention/policy.ts'
import { retentionClock } from '../../domain/retention/retentionClock.ts'
import { retentionFacts } from '../../domain/retention/retentionFacts.ts'
import { fold } from '../../domain/state/fold.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { readHistory } from '../../domain/state/ownHistory.ts'
import { rowOf } from '../../projections/kycStatus.ts'
import { unattributedRow } from '../../projections/unattributed.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { taking } from '../../src/http/deliveries/taking.ts'
import { unpacked } from '../../src/http/deliveries/unpacked.ts'
import type { DeliveryOutcome } from '../../src/ingest/delivery.ts'
import { recordFacts } from '../../src/ingest/recordFact.ts'
import { isOwnEvent } from '../../src/ledger/ownEvent.ts'
import { streamOf, UNATTRIBUTED } from '../../src/ledger/streams.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { statusInWords } from '../../src/words/statusInWords.ts'
import { right } from '../support/right.ts'
import { answersBehind } from './apiAnswers.ts'
import { SECRETS, type Sent } from './deliveries.ts'
import type { Json } from './json.ts'
import { foldByMachine } from './machineFold.ts'
import { type MemoryStore, memoryStore } from './memoryStore.ts'
import { judged } from './oracle/reference.ts'
import { type Came, mayBeVerified } from './oracle/vouching.ts'
import { OF_PERSON } from './seeds.ts'

/** Deliveries in the order in which they come. Of a `set`, each its own fact, the order has no say. */
export interface Case {
  readonly sents: readonly Sent[]
  readonly isSet: boolean
  /** The same in another order, some more than once; of a set alone. */
  readonly otherwise: readonly Sent[]
  /** What the provider's API answers about each user, when all that was sent has come. */
  readonly answers: readonly Json[]
  /** Whether each move is asked of the machine as well, which takes ten times as long. */
  readonly askMachine: boolean
}

/** Something that must not be; `kind` tells faults of one cause from others, as far as that can be told. */
export interface Fault {
  readonly kind: string
  readonly detail: string
}

/** What a case came to. */
export interface Tried {
  readonly fault: Fault | null
  readonly counts: ReadonlyMap<string, number>
  /** The longest that a body took, in milliseconds. */
  readonly slowest: number
}

class Found extends Error {
  readonly fault: Fault
  constructor(kind: string, detail: string) {
    super(kind)
    this.fault = { kind, detail }
  }
}

const find = (kind: string, detail: string): never => {
  throw new Found(kind, detail)
}

/** Takes any question, and answers with itself: figures that nobody looks at. */
const anything: unknown = new Proxy(() => undefined, {
  get: (_, key) => (key === 'then' ? undefined : anything),
  apply: () => anything,
})

const active = SECRETS.map(webhookSecret)
const POLICY = right(
  readPolicy({ version: 1, default: 'P5Y', byCountry: { IT: 'P10Y' }, refused: 'P1Y1M1D', nobody: 'P5Y' }),
)

/** What must become of a body of each kind. */
const OUTCOMES: Readonly<Record<ReturnType<typeof judged>['is'], readonly DeliveryOutcome['_tag'][]>> = {
  'not-json': ['NotAWebhook'],
  'not-a-webhook': ['NotAWebhook'],
  'no-payload': ['Noted'],
  signature: ['NotVerified'],
  verified: ['Appended', 'Duplicate', 'Ignored'],
}

/** The service without HTTP: the way of a delivery past journal, counters and log, into a log in memory. */
const newService = () => {
  const store = memoryStore()
  const lines: string[] = []
  let clock = 0
  let kept = 0
  const now = () => fromMilliseconds(clock)
  const take = taking({
    recorder: recordFacts(store as unknown as EventStore, now),
    secrets: () => active,
    journal: {
      keep: async () => E.right({ id: ++kept, times: 1 }),
      find: () => null,
      stillKept: async () => E.right({ id: 1, times: 2 }),
      done: async () => undefined,
      letGo: async () => undefined,
    } as unknown as Parameters<typeof taking>[0]['journal'],
    now,
    log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }),
    metrics: anything as Parameters<typeof taking>[0]['metrics'],
  })
  const deliver = ({ body, contentType, receivedAt }: Sent): Promise<DeliveryOutcome> => {
    clock = receivedAt
    return take(body, contentType, null, false)
  }
  return { store, lines, deliver }
}

const placesOf = (outcome: DeliveryOutcome): string =>
  'events' in outcome
    ? JSON.stringify(outcome.events.map(({ stream, revision, eventId }) => [stream, revision, eventId]))
    : ''

const usersOf = (store: MemoryStore): readonly UserId[] =>
  store.streams().flatMap((stream) => {
    const user = stream.replace('kyc-', '')
    return isUserId(user) ? [user] : []
  })

const TOO_MANY = 'the webhook speaks of more than 1000 users'

const identificationsOf = ({ liveness, qes, videoConference }: KycState): readonly string[] =>
  [...liveness, ...qes, ...videoConference].map(({ identificationId }) => identificationId)

/** Everything that is made of the events of a user, where a value that nobody thought of may break something. */
const answersOf = (user: UserId, { stream }: Pick<MemoryStore, 'stream'>, askMachine: boolean): string => {
  const own = stream(streamOf(user))
  const orphans = stream(UNATTRIBUTED)
  for (const event of own) {
    if (!isOwnEvent(event) && E.isLeft(readEvent(event)))
      find('an event cannot be read back', `${event.stream} ${event.revision}`)
    isMixed(event)
  }
  const state = fold(user, own, orphans)
  const status = currentStatus(state)
  const text = JSON.stringify(status)
  if (status.verified !== (status.status === 'validated')) find('verified and status disagree', text)
  rowOf(state)
  retentionClock(retentionFacts(state), POLICY)
  for (const event of orphans) unattributedRow(event)
  const account = accountOf(user, readHistory(user, own), orphans)
  let told = account.next()
  while (!told.done) told = account.next()
  if (JSON.stringify(currentStatus(told.value.state)) !== text) find('folded one by one it is another state', text)
  statusInWords(told.value, fromMilliseconds(Date.UTC(2026, 0, 1)))
  const arrivals = [...own, ...orphans]
    .toSorted((a, b) => (a.position < b.position ? -1 : 1))
    .map((event) => ({ event, orphan: event.stream === UNATTRIBUTED }))
  let last: unknown = null
  for (const entry of history(user, arrivals)) last = entry?.after ?? last
  const { verified } = (last ?? { verified: false }) as { readonly verified: boolean }
  if (verified !== status.verified) find('the history ends otherwise than the status', text)
  // Ids are shown as they are, whatever somebody has put there.
  const ids = [...state.documents.map(({ documentId }) => documentId), ...identificationsOf(state)]
  for (const { detail } of status.anomalies) {
    const told = ids.reduce((text, id) => text.replaceAll(id, ''), detail)
    if (OF_PERSON.test(told)) find('personal data in an anomaly', detail)
  }
  if (askMachine && !isDeepStrictEqual(foldByMachine(user, own, orphans), state)) {
    find('the table and the machine disagree', text)
  }
  return text
}

const isVerified = (answer: string): boolean => (JSON.parse(answer) as { readonly verified: boolean }).verified

/** What the provider answers when it is asked may take verification away, and gives it to nobody. */
const askedAbout = (user: UserId, store: MemoryStore, { answers, askMachine }: Case, before: string): string => {
  const name = streamOf(user)
  const own = [...store.stream(name), ...answersBehind(name, store.stream(name), answers)]
  const stream: MemoryStore['stream'] = (of) => (of === name ? own : store.stream(of))
  const after = answersOf(user, { stream }, askMachine)
  if (isVerified(after) && !isVerified(before)) find('verified by what nobody has signed', `${before}\n${after}`)
  return after
}

const count = (counts: Map<string, number>, what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)

const tryAll = async (one: Case, counts: Map<string, number>, told: { slowest: number }): Promise<void> => {
  const service = newService()
  const came: Came[] = []
  for (const sent of one.sents) {
    if (sent.contentEncoding !== null) {
      const body = await unpacked(sent.packed, sent.contentEncoding)
      if (E.isLeft(body) || !sent.body.equals(body.right))
        find('a body is not unpacked as it was packed', sent.contentEncoding)
    }
    const reference = judged(sent.body, SECRETS)
    const begun = performance.now()
    const outcome = await service.deliver(sent)
    told.slowest = Math.max(told.slowest, performance.now() - begun)
    count(counts, `body: ${reference.is}`)
    count(counts, `outcome: ${outcome._tag}`)
    if (outcome._tag === 'NotStored' && outcome.reason === TOO_MANY) continue
    if (outcome._tag === 'NotStored') find(`exception: ${outcome.reason}`, outcome.reason)
    if (!OUTCOMES[reference.is].includes(outcome._tag))
      find(`${reference.is} became ${outcome._tag}`, placesOf(outcome))
    if (reference.is !== 'verified') continue
    came.push({ webhook: reference.webhook, receivedAt: sent.receivedAt })
    if ('events' in outcome) {
      const again = await service.deliver(sent)
      if (again._tag !== 'Duplicate' || placesOf(again) !== placesOf(outcome)) {
        find(
          'sent again at once it is not known',
          `${outcome._tag} ${placesOf(outcome)}, then ${again._tag} ${placesOf(again)}`,
        )
      }
    }
  }
  const { store, lines } = service
  for (const line of lines) if (OF_PERSON.test(line)) find('personal data in the log', line)
  const users = usersOf(store)
  const answers = users.map((user) => answersOf(user, store, one.askMachine))
  for (const [index, user] of users.entries()) {
    const { status, verified } = JSON.parse(answers[index] ?? '') as {
      readonly status: string
      readonly verified: boolean
    }
    count(counts, `status: ${status}`)
    const may = mayBeVerified(came, user)
    if (verified && !may) find('verified, and nothing that came says so', answers[index] ?? '')
    if (may && !verified) count(counts, 'certain to the oracle alone')
    if (one.answers.length === 0) continue
    const asked = askedAbout(user, store, one, answers[index] ?? '')
    count(counts, verified && !isVerified(asked) ? 'asked about: verified no more' : 'asked about: as before')
  }
  for (const stream of store.streams())
    count(
      counts,
      isUserId(stream.replace('kyc-', '')) ? 'stream of a user' : `stream ${stream.replace(/-[0-9a-f]{8}-.*/, '')}`,
    )
  if (!one.isSet) return
  const other = newService()
  for (const sent of one.otherwise) await other.deliver(sent)
  count(counts, 'sets in another order')
  for (const [index, user] of users.entries()) {
    const otherwise = store.stream(streamOf(user)).length === 0 ? '' : answersOf(user, other.store, false)
    const [a, b] = [answers[index] ?? '', otherwise].map((text) => text.replace(/"revision":\d+/, ''))
    if (a !== b) find('another order gives another state', `${answers[index]}\n${otherwise}`)
  }
}

/** Digits and texts in a message are of this body alone: without them, one cause is one kind. */
const kindOfError = (error: unknown): string => {
  if (!(error instanceof Error)) return 'exception: not an error'
  const where = /at (?:async )?([\w.<>]+) \((?:file:\/\/)?.*?\/((?:src|domain|projections)\/[\w/.]+)/.exec(
    error.stack ?? '',
  )
  return `exception: ${error.name} in ${where === null ? 'the test itself' : `${where[1]} (${where[2]})`}`
}

/** Tries a case: sends all of it and asks all that can be asked. */
export const tryCase = async (one: Case): Promise<Tried> => {
  const counts = new Map<string, number>()
  const told = { slowest: 0 }
  try {
    await tryAll(one, counts, told)
    return { fault: null, counts, ...told }
  } catch (error) {
    const fault =
      error instanceof Found
        ? error.fault
        : { kind: kindOfError(error), detail: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    return { fault, counts, ...told }
  }
}
