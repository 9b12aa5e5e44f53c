import { changeOf } from '../changes/change.ts'
import { cloudEvent } from '../changes/cloudEvent.ts'
import { pacedMoves } from '../changes/pacedMoves.ts'
import type { Config } from '../config/config.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { changeSource } from '../outgoing/changeSource.ts'
import { posterTo } from '../outgoing/post.ts'
import { type EndpointFigures, type Sending, sendTo } from '../outgoing/sending.ts'
import { sleep, type Timing } from '../outgoing/timing.ts'
import type { Credentials } from './credentials.ts'
import type { Parts } from './parts.ts'

/** Told to stop, what is under way has so long to end: less than requests to this service have. */
const STOP_WITHIN_MS = 5000

/** Longer than anybody waits for anything: whoever hears of nothing new waits on. */
const A_DAY_MS = 86_400_000

const NOT_BEGUN = { state: 'on', pending: 0, delivered: 0, failed: 0, givenUp: 0 } as const

/** Everybody who is told of changes. */
export interface TellingOthers {
  readonly figures: () => readonly EndpointFigures[]
  readonly stop: () => Promise<void>
}

/** Tells each endpoint of changes, from when the log is joined on. */
export const tellOthers = (
  { identity, readModel, clock }: Pick<Parts, 'identity' | 'readModel' | 'clock'>,
  { webhooksOut, dataDir }: Pick<Config, 'webhooksOut' | 'dataDir'>,
  keysOf: Credentials['signingKeys'],
  log: Logger,
): TellingOthers => {
  const timing: Timing = { now: () => clock.now() / 1000, sleep, random: Math.random }
  let sendings: readonly Sending[] = []
  const ending = new AbortController()
  // All together, and now and then: while somebody waits, the projection takes every handful of events by itself.
  const moves = pacedMoves(readModel, ending.signal)
  // Until it has caught up each hears of it at once: an endpoint that is told from now on begins with that, and not a moment later.
  const moved = async (signal: AbortSignal): Promise<void> => {
    if (readModel.hasCaughtUp()) await moves.next(signal, A_DAY_MS)
    else await readModel.moved(signal)
  }

  const start = (joined: LogIdentity): void => {
    const { reader, hasCaughtUp } = readModel
    const source = changeSource(joined, { reader, hasCaughtUp, moved }, (told, id) =>
      cloudEvent({ ...changeOf(told), id }, joined.logId),
    )
    sendings = webhooksOut.map((endpoint) =>
      sendTo({
        endpoint,
        keys: () => keysOf(endpoint.name),
        source,
        dataDir,
        poster: posterTo(endpoint, timing.now),
        timing,
        log,
      }),
    )
  }
  identity
    .then((joined) => {
      if (joined !== null && !ending.signal.aborted) start(joined)
    })
    .catch(() => undefined)
  return {
    figures: () => {
      const begun = sendings.map((sending) => sending.figures())
      return begun.length > 0 ? begun : webhooksOut.map(({ name }) => ({ ...NOT_BEGUN, name }))
    },
    stop: async () => {
      ending.abort()
      await Promise.all(sendings.map((sending) => sending.stop(STOP_WITHIN_MS)))
    },
  }
}
