import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from './config/config.ts'
import { openLog } from './log/log.ts'
import { startService } from './service/startService.ts'

/** A stop that takes longer, once the service has served on for a while, is given up: the process ends and the log is as safe as after a `kill -9`. */
const STOP_WITHIN_MS = 9000
/** What is left of the log has so long to be read: `docker logs` misses no last line, and nobody's pipe holds up the end. */
const FLUSH_WITHIN_MS = 500

// Whatever this process creates is its user's alone: it holds personal data.
process.umask(0o077)

const ACCEPT_LOST_EVENTS = '--accept-lost-events'

const words = process.argv.slice(2)
const unknown = words.filter((word) => word !== ACCEPT_LOST_EVENTS)
if (unknown.length > 0) {
  console.error(`usage: npm start [-- ${ACCEPT_LOST_EVENTS}]`)
  process.exit(2)
}
const config = readConfig(process.env)
if (E.isLeft(config)) {
  for (const fault of config.left) console.error(fault)
  process.exit(2)
}

const { logLevel, drainDelaySeconds } = config.right
const log = openLog(logLevel)
const { logger } = log
for (const warning of config.right.warnings) logger.warn(warning)

const starting = { acceptLostEvents: words.includes(ACCEPT_LOST_EVENTS) }
const service = await startService(config.right, log, starting).catch((error: unknown) => {
  logger.fatal(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
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
      await log.flushed(FLUSH_WITHIN_MS)
      process.exit(code)
    })
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
logger.info({ url: service.url }, `listening on ${service.url}`)
