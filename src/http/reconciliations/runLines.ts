import { formatMilliseconds, fromMilliseconds } from '../../../domain/instant.ts'
import { streamOf } from '../../ledger/streams.ts'
import type { Run } from '../../reconciling/reconciling.ts'
import type { Asked, End, Sums, Told } from '../../reconciling/running.ts'

/** So often it is told how far it has come. */
const PROGRESS_MS = 1000

const time = (milliseconds: number): string => formatMilliseconds(fromMilliseconds(milliseconds))

const lineOf = (told: Told, dryRun: boolean): object => {
  switch (told._tag) {
    case 'Recorded': {
      const { userId, answer, before, after, observed, released, knownBy } = told
      const lastComparedAt = told.lastComparedAt === null ? null : formatMilliseconds(told.lastComparedAt)
      const knownToProvider = knownBy === 'both' || knownBy === 'provider'
      const at = observed === null ? null : { stream: streamOf(userId), ...observed }
      const status = { before, after }
      return {
        type: 'recorded',
        dryRun,
        userId,
        knownToProvider,
        answer,
        status,
        observed: at,
        released,
        lastComparedAt,
      }
    }
    case 'Failed':
      return { type: 'failed', userId: told.userId, reason: told.reason }
    case 'Resent': {
      const { _tag: outcome, webhook, from, to, events } = told.step
      return { type: 'resent', dryRun, outcome, webhook, from: time(from), to: time(to), events }
    }
    default:
      return told satisfies never
  }
}

const progressOf = ({ checked, recorded, released, failed, through }: Readonly<Sums>): object => ({
  type: 'progress',
  checked,
  recorded,
  released,
  failed,
  through,
})

const sumOf = ({ work, dryRun }: Asked, { outcome, reason }: End, sums: Readonly<Sums>): object => ({
  ...progressOf(sums),
  type: 'sum',
  kind: work,
  dryRun,
  outcome,
  reason,
})

const line = (value: object): string => `${JSON.stringify(value)}\n`

/** What a run tells, line after line: each thing once, how far it has come about once a second, and in the end what it came to. */
export async function* runLines(asked: Asked, { told, sums }: Run): AsyncGenerator<string> {
  let timer: NodeJS.Timeout | undefined
  const tick = (): Promise<null> =>
    new Promise((resolve) => {
      timer = setTimeout(resolve, PROGRESS_MS, null)
    })
  let [next, quiet] = [told.next(), tick()]
  try {
    for (;;) {
      const arrived = await Promise.race([quiet, next])
      if (arrived === null) {
        quiet = tick()
        yield line(progressOf(sums))
        continue
      }
      if (arrived.done === true) {
        yield line(sumOf(asked, arrived.value, sums))
        return
      }
      yield line(lineOf(arrived.value, asked.dryRun))
      next = told.next()
    }
  } finally {
    clearTimeout(timer)
    next.catch(() => undefined)
  }
}
