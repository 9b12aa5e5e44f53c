import { once } from 'node:events'
import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** How long requests under way are waited for in the end; what is left of `stopOnSignal`'s patience is for the stores. */
const FINISH_WITHIN_MS = 6000

/**
 * Serves on for a while, so that whoever asks for the readiness sees that it is gone before anything is refused; then takes
 * no new connection and finishes the requests under way. From the beginning, a connection ends with its next answer: a
 * client that is told so opens another one elsewhere, and sends nothing on this one that would get no answer. In the end it
 * also ends as soon as it is idle (`drained` ends answers that have no end of their own): a client that keeps it, or one that never finishes its body, would hold up the end for ever.
 */
export const endServer = async (
  server: Server,
  drainMs: number,
  drained: () => void = () => undefined,
): Promise<void> => {
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  await pause(drainMs)
  drained()
  const closed = once(server, 'close')
  server.close()
  const closingIdle = setInterval(() => server.closeIdleConnections(), 50)
  const givingUp = setTimeout(() => server.closeAllConnections(), FINISH_WITHIN_MS)
  await closed
  clearInterval(closingIdle)
  clearTimeout(givingUp)
}
