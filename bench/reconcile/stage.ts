import { cpSync } from 'node:fs'
import { newDirectory } from '../processes.ts'
import { type Service, startService } from '../service.ts'
import type { ProviderProcess } from './startProvider.ts'

/** What is measured on: the provider, who was asked nothing yet, and a log that knows his users. */
export interface Stage {
  readonly users: number
  readonly log: string
  readonly provider: ProviderProcess
}

export const copyOf = (log: string): string => {
  const directory = newDirectory()
  cpSync(log, directory, { recursive: true })
  return directory
}

/** A service on a directory that asks the provider, with so many requests a minute. */
export const startAsking = async ({ provider }: Stage, directory: string, perMinute: number): Promise<Service> => {
  const env = { ...provider.environment, TREEZOR_API_PER_MINUTE: String(perMinute), TRUST_PROXY: 'loopback' }
  const service = await startService(directory, [], env)
  await service.idle()
  return service
}
