import type { Log } from '../log/log.ts'
import { tracing } from '../tracing/tracing.ts'
import type { Service } from './startService.ts'

/** A stop that takes longer, once the service has served on for a while, is given up: the process ends and the log is as safe as after a `kill -9`. */
const STOP_WITHIN_MS = 9000
/** What is left of the log has so long to be read: `docker logs` misses no last line, and nobody's pipe holds up the end. */
const FLUSH_WITHIN_MS = 500
/** The last spans have so long to reach whoever takes them. */
const HAND_ON_WITHIN_MS = 2000

/** Stops the service when `SIGTERM` or `SIGINT` comes, and ends the process: with 0, or with 1 where it did not stop cleanly. */
export const stopOnSignal = (service: Pick<Service, 'stop'>, log: Log, drainDelaySeconds: number): void => {
  const { logger } = log
  let stopping = false
  /** Once, however often it is signalled: npm passes on what the whole group of processes was sent already. */
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(
      () => {
        logger.error('the service did not stop in time')
        process.exit(1)
      },
      drainDelaySeconds * 1000 + STOP_WITHIN_MS,
    ).unref()
    service
      .stop()
      .then(() => {
        logger.info('stopped')
        return 0
      })
      .catch((error: unknown) => {
        logger.error(
          { error: error instanceof Error ? error.message : String(error) },
          'the service did not stop cleanly',
        )
        return 1
      })
      .then(async (code) => {
        await Promise.all([log.flushed(FLUSH_WITHIN_MS), tracing()?.flushed(HAND_ON_WITHIN_MS)])
        process.exit(code)
      })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}
