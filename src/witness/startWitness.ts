import { mkdirSync } from 'node:fs'
import { makeKeyFile } from '../evidence/keyFile.ts'
import { httpApp } from '../http/app.ts'
import { endServer } from '../http/ending.ts'
import { listen, serverOf } from '../http/server.ts'
import type { Logger } from '../log/log.ts'
import { formatVerifierKey } from '../tlog/keys.ts'
import type { WitnessConfig } from './witnessConfig.ts'
import { openWitnessed } from './witnessed.ts'
import { lacksKey, readWitnessKey } from './witnessKey.ts'
import { witnessRoutes } from './witnessRoutes.ts'

/** A submission is a few kilobytes: whoever takes longer to send one does not mean to. */
const REQUEST_WITHIN_MS = 15_000

interface RunningWitness {
  /** Where it listens. */
  readonly url: string
  /** What its cosignatures are checked with, a verifier key each. */
  readonly keys: readonly string[]
  /** Whether its key was made just now. */
  readonly isNew: boolean
  /** Finishes what is under way and closes the files. */
  readonly stop: () => Promise<void>
}

/** Opens what a witness has seen, makes its key where there is none, and listens. Rejects with an `Error` that says what to do. */
export const startWitness = async (config: WitnessConfig, log: Logger): Promise<RunningWitness> => {
  const { directory, keyFile, name, logs } = config
  mkdirSync(directory, { recursive: true })
  const isNew = lacksKey(keyFile, directory)
  const witnessed = openWitnessed(directory)
  try {
    if (isNew) makeKeyFile(keyFile)
    const signers = readWitnessKey(keyFile, name)
    const now = () => Math.floor(Date.now() / 1000)
    const app = httpApp([witnessRoutes({ logs, signers, witnessed, now, log })], log)
    const server = serverOf(app, { unreadable: () => undefined, connectionsEnded: () => undefined }, log)
    server.requestTimeout = REQUEST_WITHIN_MS
    server.headersTimeout = REQUEST_WITHIN_MS
    const url = await listen(server, config)
    const stop = async (): Promise<void> => {
      await endServer(server, 0)
      witnessed.close()
    }
    return { url, keys: signers.map(({ verifier }) => formatVerifierKey(verifier)), isNew, stop }
  } catch (error) {
    witnessed.close()
    throw error
  }
}
