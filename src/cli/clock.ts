import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { correctedReceipt } from '../../domain/event/receiptCorrection.ts'
import { formatMilliseconds } from '../../domain/instant.ts'
import { systemClock } from '../clock/clock.ts'
import { type Leap, readLeaps } from '../clock/leaps.ts'
import { WRONG_MS } from '../clock/nodeClock.ts'
import { readStoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import type { Position, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { checkIdentity, heldIdentity } from '../joining/belonging.ts'
import { carriedBy } from '../joining/carried.ts'
import { CLOCK_CORRECTED, type ClockCorrected } from '../ledger/clockCorrected.ts'
import { readClockRecords } from '../ledger/clockCorrections.ts'
import { clockEvidence, type Evidence } from '../ledger/clockEvidence.ts'
import { appendToKycLog } from '../ledger/kycLog.ts'

const USAGE = `usage: clock
       clock --accept --author <name> --reason <text> [--from <position> --to <position> | --none]`

interface Asked {
  readonly accept: boolean
  readonly author: string
  readonly reason: string
  readonly from: Position | null
  readonly to: Position | null
  /** The clock leapt, and nothing was received wrongly. */
  readonly none: boolean
}

const parse = (words: readonly string[]): Asked | null => {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        accept: { type: 'boolean', default: false },
        none: { type: 'boolean', default: false },
        ...Object.fromEntries(['author', 'reason', 'from', 'to'].map((name) => [name, { type: 'string' as const }])),
      },
    }) as { readonly values: Readonly<Record<string, string | boolean | undefined>> }
    const text = (name: string): string => String(values[name] ?? '').trim()
    const { accept, none } = { accept: values['accept'] === true, none: values['none'] === true }
    const [author, reason, from, to] = [text('author'), text('reason'), text('from'), text('to')]
    const isComplete = accept ? author !== '' && reason !== '' : !none && from === '' && to === ''
    const isRange = (from === '') === (to === '') && from <= to && !(none && from !== '')
    return isComplete && isRange ? { accept, author, reason, from: from || null, to: to || null, none } : null
  } catch {
    return null
  }
}

const seconds = (microseconds: number): string => `${Math.round(microseconds / 1_000_000)} s`

const placeOf = ({ stream, revision, position }: RecordedEvent): string =>
  `${position} (${stream}, revision ${revision})`

const tellLeap = ({ noticedAt, milliseconds, since, until }: Leap): void =>
  console.log(
    `leap: the clock went ${milliseconds > 0 ? 'forwards' : 'back'} by ${seconds(Math.abs(milliseconds) * 1000)}, noticed at ` +
      `${noticedAt}; received by that service: after position ${since ?? 'none'}, up to ${until ?? 'none'}`,
  )

const tellEvidence = ({ why, first, last, events, by }: Evidence): void =>
  console.log(`${why}: ${events} events, by up to ${seconds(by)}, from ${placeOf(first)} to ${placeOf(last)}`)

/** First and last event of those that `isMeant` is true of. */
const endsOf = async (
  store: EventStore,
  isMeant: (position: Position) => boolean,
): Promise<{ readonly first: RecordedEvent; readonly last: RecordedEvent } | null> => {
  let first: RecordedEvent | null = null
  let last: RecordedEvent | null = null
  for await (const events of store.readAll()) {
    for (const event of events) {
      if (!isMeant(event.position)) continue
      first ??= event
      last = event
    }
  }
  return first === null || last === null ? null : { first, last }
}

const identified = ({ stream, revision, eventId, position }: RecordedEvent) => ({ stream, revision, eventId, position })

/** What is recorded when what is shown is accepted; the reason why it cannot be, otherwise. */
const accepted = async (
  store: EventStore,
  { author, reason, from, to, none }: Asked,
  generation: number,
  leaps: readonly Leap[],
  evidence: readonly Evidence[],
): Promise<E.Either<string, ClockCorrected>> => {
  const settled = { generation, leaps: leaps.map(({ leapId }) => leapId), author, reason }
  if (none && evidence.some(({ why }) => why === 'recorded later than now')) {
    return E.left(
      "events were recorded later than now: set this machine's clock, or accept that their receipts are wrong",
    )
  }
  if (none) return E.right({ range: null, ...settled })
  if (from !== null && to !== null) {
    // A position that is none of this log, being shorter than all of it or longer, stands before or after everything.
    const isMeant = (position: Position): boolean =>
      [from, to].every(({ length }) => length === position.length) && position >= from && position <= to
    const ends = await endsOf(store, isMeant)
    if (ends === null) return E.left('no event stands from --from to --to; give positions as they are shown')
    return E.right({ range: { first: identified(ends.first), last: identified(ends.last) }, ...settled })
  }
  // What a leap leaves open the log may show; without either somebody has to say which receipts are meant.
  const since = leaps.map((leap) => leap.since ?? '').sort()[0]
  const until = leaps
    .map((leap) => leap.until ?? '')
    .sort()
    .at(-1)
  const [shown, ...others] = evidence
  if (since !== undefined && until !== undefined) {
    const ends = await endsOf(store, (position) => position > since && position <= until)
    return E.right({
      range: ends === null ? null : { first: identified(ends.first), last: identified(ends.last) },
      ...settled,
    })
  }
  if (shown === undefined) return E.left('nothing is wrong that could be accepted; give --from and --to')
  if (others.length > 0) return E.left('more than one run looks wrong: give --from and --to, once for each')
  return E.right({ range: { first: identified(shown.first), last: identified(shown.last) }, ...settled })
}

/**
 * By how many microseconds at least this machine's clock is behind that of a server. What is recorded by it says what the
 * receipts of the range count as: a slow one would make them earlier than they were.
 */
const behindServer = async (store: EventStore): Promise<number> => {
  const last = await store.lastEvent()
  const takenAt = last === null ? null : ((await store.takenAt?.(last.stream, last.revision)) ?? null)
  return takenAt === null ? 0 : takenAt - systemClock()
}

const show = async (store: EventStore, leaps: readonly Leap[]): Promise<readonly Evidence[]> => {
  const { corrections } = await readClockRecords(store)
  const evidence = (await clockEvidence(store, systemClock())).filter(
    ({ first, last }) => ![first, last].every(({ position }) => correctedReceipt(position, corrections) !== null),
  )
  for (const { from, to, countsAs } of corrections) {
    console.log(
      `accepted: what was received from ${from} to ${to} counts as received at ${formatMilliseconds(countsAs)}`,
    )
  }
  for (const leap of leaps) tellLeap(leap)
  for (const one of evidence) tellEvidence(one)
  if (leaps.length === 0 && evidence.length === 0) console.log('nothing shows that a clock was wrong')
  return evidence
}

/**
 * `clock`: shows where clocks were wrong, as far as the service of `DATA_DIR` has noticed and the log shows.
 * `clock --accept`: records in the log that the receipts in that range, or from `--from` to `--to`, are wrong, by whom
 * that was found and why. Gives the exit code.
 */
export const clockCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const asked = parse(words)
  const config = readStoreConfig(environment)
  if (asked === null || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : USAGE)
    return 2
  }
  const { eventStore, dataDir } = config.right
  const opened = await openEventStore(eventStore, { readOnly: !asked.accept })()
  if (E.isLeft(opened)) {
    console.error(
      `${opened.left.reason}${asked.accept ? '; of an embedded log, the service has to be stopped first' : ''}`,
    )
    return 1
  }
  const store = opened.right
  try {
    const carried = carriedBy(dataDir)
    const identity = await heldIdentity(store, carried)
    await checkIdentity(store, eventStore, dataDir, carried, identity)
    const leaps = existsSync(dataDir) ? readLeaps(dataDir) : []
    const evidence = await show(store, leaps)
    if (!asked.accept) return 0
    const behind = await behindServer(store)
    if (behind > WRONG_MS * 1000) {
      console.error(
        `not recorded: the clock of this machine is ${seconds(behind)} behind that of the event store: set it`,
      )
      return 1
    }
    const record = await accepted(store, asked, identity?.generation ?? 0, leaps, evidence)
    if (E.isLeft(record)) {
      console.error(`not recorded: ${record.left}`)
      return 1
    }
    await appendToKycLog(store, { type: CLOCK_CORRECTED, data: { ...record.right }, recordedAt: systemClock() })
    const { range } = record.right
    console.log(
      range === null
        ? 'recorded: no receipt is wrong'
        : `recorded: the receipts from ${range.first.stream}, revision ${range.first.revision}, to ${range.last.stream}, ` +
            `revision ${range.last.revision}, are wrong`,
    )
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    await store.close()
  }
}
