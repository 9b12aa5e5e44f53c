import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Express } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import pino from 'pino'
import { readConfig } from '../../../src/config/config.ts'
import { type Service, startService } from '../../../src/service/startService.ts'
import { isOurs } from '../description/watching.ts'
import { right } from '../right.ts'
import type { Env } from './serviceProcess.ts'

const REQUESTS = 'http.server.request.start'

/** A service in this process, with nothing but `env`, and the lines that it has logged so far. */
export const startHere = async (
  dataDir: string,
  env: Env = {},
  starting: Parameters<typeof startService>[2] = {},
): Promise<Service & { readonly stdout: () => string }> => {
  const read = readConfig({ PORT: '0', DATA_DIR: dataDir, SEAL_EVERY: '0', ...env })
  const config = right(E.mapLeft((faults: readonly string[]) => faults.join('; '))(read))
  let stdout = ''
  const write = (line: string): void => {
    stdout += line
  }
  const log = { logger: pino({ level: config.logLevel }, { write }), dropped: () => 0, flushed: async () => undefined }
  const service = await startService(config, log, starting)
  const ended = isOurs(service.url)
  return { ...service, stdout: () => stdout, stop: () => service.stop().finally(ended) }
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
