import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from './config.ts'
import { openLog } from './log.ts'
import { startService } from './service.ts'

/** A stop that takes longer is given up: the process ends and the log is as safe as after a `kill -9`. */
const STOP_WITHIN_MS = 9000

// Whatever this process creates is its user's alone: it holds personal data.
process.umask(0o077)

const config = readConfig(process.env)
if (E.isLeft(config)) {
  for (const fault of config.left) console.error(fault)
  process.exit(2)
}

const log = openLog(config.right.logLevel)
for (const warning of config.right.warnings) log.warn(warning)

const service = await startService(config.right, log).catch((error: unknown) => {
  log.fatal(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
let stopping = false
/** Once, however often it is signalled: npm passes on what the whole group of processes was sent already. */
const stop = (signal: NodeJS.Signals): void => {
  if (stopping) return
  stopping = true
  log.info({ signal }, 'stopping')
  setTimeout(() => {
    log.error('the service did not stop in time')
    process.exit(1)
  }, STOP_WITHIN_MS).unref()
  service.stop().then(
    () => {
      log.info('stopped')
      process.exit(0)
    },
    (error: unknown) => {
      log.error({ error: error instanceof Error ? error.message : String(error) }, 'the service did not stop cleanly')
      process.exit(1)
    },
  )
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
log.info({ url: service.url }, `listening on ${service.url}`)
