import { readTreezorApi, type TreezorApiConfig } from '../../../src/config/treezorApi.ts'
import { type Manner, openProvider } from '../../../src/provider/openProvider.ts'
import type { Provider } from '../../../src/provider/provider.ts'
import { right } from '../right.ts'
import type { TreezorApi } from './treezorApi.ts'

/** What the variables of a double come to, with others beside or instead. */
export const configOf = (
  { environment }: Pick<TreezorApi, 'environment'>,
  also: Readonly<Record<string, string>> = {},
): TreezorApiConfig => {
  const all: Readonly<Record<string, string>> = { ...environment, ...also }
  const { api } = right(readTreezorApi((name, otherwise) => all[name] ?? otherwise))
  if (api === null) throw new Error('nothing is configured')
  return api
}

/** A client that asks a double, and does not wait long between attempts. */
export const providerOf = (
  api: Pick<TreezorApi, 'environment'>,
  { bounds, ...manner }: Manner = {},
  also: Readonly<Record<string, string>> = {},
): Provider => openProvider(configOf(api, also), { ...manner, bounds: { waits: 0.001, ...bounds } })
