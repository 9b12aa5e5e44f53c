import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * Below the ports that a kernel hands out, of Linux from 32,768 on, of others later: whoever asks for any port, or connects,
 * is never given one of these, not even while the one who had it is away.
 */
const [FIRST, LAST] = [12_000, 32_000]
/** Processes that run at the same time begin far from each other. */
const APART = 131
let tried = process.pid * APART

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer()
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!listens) return false
  server.close()
  await once(server, 'close')
  return true
}

/** A port of 127.0.0.1 that nobody listens on, and that nobody else will be given. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    tried += 1
    const port = FIRST + (tried % (LAST - FIRST))
    if (await isFree(port)) return port
  }
}
