import { join } from 'node:path'
import { httpListener, type Routes } from '../../src/http/app.ts'
import { doubtsBySource } from '../../src/http/gate/doubts.ts'
import { listen, serverOf } from '../../src/http/server.ts'
import { timed } from '../../src/http/timed.ts'
import { openJournal } from '../../src/journal/journal.ts'
import { openLog } from '../../src/log/log.ts'
import { openMetrics } from '../../src/metrics/metrics.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { SECRET } from '../webhooks.ts'

/** What of the service stands around every step, over a directory; `serve` says its address, and ends with the process. */
export const aroundStep = async (directory: string) => {
  const { logger: log } = openLog('silent')
  const journal = await openJournal(join(directory, 'journal.db'))
  const metrics = openMetrics(
    () => ({ ready: true }) as never,
    journal.figures,
    () => 0,
  )
  const unseen = { unreadable: () => undefined, connectionsEnded: () => undefined }
  const serve = async (routes: Routes): Promise<void> => {
    const server = serverOf(timed(httpListener([routes], log), metrics.durations), unseen, log)
    console.log(JSON.stringify({ url: await listen(server, { host: '127.0.0.1', port: 0 }) }))
    process.once('SIGTERM', () => process.exit(0))
  }
  return { log, journal, metrics, secrets: [webhookSecret(SECRET)], doubtsOf: doubtsBySource(), serve }
}
