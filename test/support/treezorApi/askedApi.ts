import type { Provider } from '../../../src/provider/provider.ts'
import { providerOf } from './providerOf.ts'
import { type TreezorApi, treezorApi } from './treezorApi.ts'

/** A double of the provider's API for each test, with a few users, and a client of it. */
export const askedApi = (): { readonly api: () => TreezorApi; readonly provider: () => Provider } => {
  let api: TreezorApi
  let provider: Provider
  beforeEach(async () => {
    api = await treezorApi({ users: 7 })
    provider = providerOf(api)
  })
  afterEach(async () => {
    await provider.close()
    await api.close()
  })
  return { api: () => api, provider: () => provider }
}
