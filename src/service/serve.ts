import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from '../config/config.ts'
import { patientOf } from '../doctor/patient.ts'
import { codeOf } from '../files/codeOf.ts'
import { inWords } from '../files/whyNot.ts'
import { openLog } from '../log/log.ts'
import { openTracing, tracingWarnings } from '../tracing/openTracing.ts'
import { makeSpans, namedInLog } from '../tracing/tracing.ts'
import { giveUp } from './givingUp.ts'
import { reloadOnSignal } from './reloadOnSignal.ts'
import { startService } from './startService.ts'
import { stopOnSignal } from './stopOnSignal.ts'
import { tellFindings } from './tellFindings.ts'

const ACCEPT_LOST_EVENTS = '--accept-lost-events'

/** Starts the service that the environment describes, and stops it on a signal. */
export const serve = async (words: readonly string[]): Promise<void> => {
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
  const spans = openTracing()
  makeSpans(spans)
  const log = openLog(logLevel, spans === null ? null : namedInLog)
  const { logger } = log
  if (spans !== null) logger.info('spans are made: a tracer provider is registered')
  for (const warning of tracingWarnings()) logger.warn(warning)
  // Not in several lines, and never in place of those that say what to do.
  process.on('uncaughtException', (error) => {
    logger.fatal(codeOf(error) === null ? { error: error.stack } : {}, `the service ends: ${inWords(error)}`)
    process.exit(1)
  })
  for (const warning of config.right.warnings) logger.warn(warning)

  const reloads = reloadOnSignal()
  const starting = { acceptLostEvents: words.includes(ACCEPT_LOST_EVENTS), environment: process.env }
  const service = await startService(config.right, log, starting).catch(giveUp(logger))
  stopOnSignal(service, log, drainDelaySeconds)
  reloads(service.reload)
  logger.info({ url: service.url }, `listening on ${service.url}`)
  await tellFindings(patientOf(config.right, process.env, Date.now()), logger)
}
