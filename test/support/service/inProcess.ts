import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Express } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from '../../../src/config/config.ts'
import { openLog } from '../../../src/log/log.ts'
import { type Service, startService } from '../../../src/service/startService.ts'
import { isOurs } from '../description/watching.ts'
import { right } from '../right.ts'
import type { Env } from './serviceProcess.ts'

const REQUESTS = 'http.server.request.start'

/** A service in this process, silent, with nothing but `env`. */
export const startHere = async (dataDir: string, env: Env = {}): Promise<Service> => {
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir, SEAL_EVERY: '0', ...env })
  const service = await startService(
    right(E.mapLeft((faults: readonly string[]) => faults.join('; '))(config)),
    openLog('silent'),
  )
  const ended = isOurs(service.url)
  return { ...service, stop: () => service.stop().finally(ended) }
}

/** The application that answers at a URL, if that is in this process. */
export const appAt = async (url: string): Promise<Express> => {
  let app: Express | undefined
  const look = (message: unknown): void => {
    const { response } = message as {
      readonly response: { readonly app?: Express; once(e: 'finish', f: () => void): void }
    }
    // Express gives the answer its application once it handles the request.
    response.once('finish', () => {
      app ??= response.app
    })
  }
  subscribe(REQUESTS, look)
  try {
    await (await fetch(`${url}/health/live`)).text()
  } finally {
    unsubscribe(REQUESTS, look)
  }
  if (app === undefined) throw new Error('no application of Express answers there')
  return app
}
