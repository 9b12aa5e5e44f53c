import * as E from 'fp-ts/lib/Either.js'
import { openLog } from '../log/log.ts'
import { stopOnSignal } from '../service/stopOnSignal.ts'
import { startWitness } from '../witness/startWitness.ts'
import { readWitnessConfig } from '../witness/witnessConfig.ts'

/**
 * `witness`: cosigns the checkpoints of logs that only ever grow, until it is told to stop. It is for a machine on which
 * nobody of the log's writes. Its key is made at the first start, and what its cosignatures are checked with is printed.
 */
export const witnessCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const config = readWitnessConfig(environment)
  if (words.length > 0 || E.isLeft(config)) {
    console.error(words.length > 0 ? 'usage: witness' : E.isLeft(config) ? config.left.join('\n') : '')
    return 2
  }
  const log = openLog(config.right.logLevel)
  const { url, keys, isNew, stop } = await startWitness(config.right, log.logger)
  if (isNew) {
    console.error(
      `made ${config.right.keyFile}: nobody who writes to a log may have it; give the lines below to whoever runs the log, and to whoever is to check`,
    )
    for (const key of keys) console.log(key)
  }
  stopOnSignal({ stop }, log, 0)
  log.logger.info({ url, keys, logs: [...config.right.logs.keys()] }, `witness listening on ${url}`)
  return 0
}
