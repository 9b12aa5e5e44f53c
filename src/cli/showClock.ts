import { correctedReceipt } from '../../domain/event/receiptCorrection.ts'
import { formatMilliseconds } from '../../domain/instant.ts'
import { systemClock } from '../clock/clock.ts'
import type { Leap } from '../clock/leaps.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { clockEvidence, type Evidence } from '../ledger/clockEvidence.ts'
import { readClockRecords } from '../ledger/clockRecords.ts'

/** For a person. */
export const seconds = (microseconds: number): string => `${Math.round(microseconds / 1_000_000)} s`

const placeOf = ({ stream, revision, position }: RecordedEvent): string =>
  `${position} (${stream}, revision ${revision})`

const tellLeap = ({ noticedAt, milliseconds, since, until }: Leap): void =>
  console.log(
    `leap: the clock went ${milliseconds > 0 ? 'forwards' : 'back'} by ${seconds(Math.abs(milliseconds) * 1000)}, noticed at ` +
      `${noticedAt}; received by that service: after position ${since ?? 'none'}, up to ${until ?? 'none'}`,
  )

const tellEvidence = ({ why, first, last, events, by }: Evidence): void =>
  console.log(`${why}: ${events} events, by up to ${seconds(by)}, from ${placeOf(first)} to ${placeOf(last)}`)

/** Shows what was accepted, the leaps and what the log shows of wrong clocks; gives the latter, but for what was accepted. */
export const showClock = async (store: EventStore, leaps: readonly Leap[]): Promise<readonly Evidence[]> => {
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
