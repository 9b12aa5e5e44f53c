import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from './config/config.ts'
import { openLog } from './log/log.ts'
import { giveUp } from './service/givingUp.ts'
import { startService } from './service/startService.ts'
import { stopOnSignal } from './service/stopOnSignal.ts'

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
const service = await startService(config.right, log, starting).catch(giveUp(logger))
stopOnSignal(service, log, drainDelaySeconds)
logger.info({ url: service.url }, `listening on ${service.url}`)
