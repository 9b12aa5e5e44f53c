import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { right } from '../support/right.ts'
import { providerOf } from '../support/treezorApi/providerOf.ts'
import { treezorApi } from '../support/treezorApi/treezorApi.ts'

const USER = '4711' as UserId
const { signal } = new AbortController()

describe('the double of the provider', () => {
  it('answers what whoever tries something has told it, where it is to be told', async () => {
    for (const changeable of [true, false]) {
      const api = await treezorApi({ changeable })
      const provider = providerOf(api)
      const asked = async () => right(await provider.user(USER, signal)())?.user ?? null
      const told = async (method: string, body?: string): Promise<number> => {
        const { status } = await fetch(`${api.url}/v1/users/${USER}`, {
          method,
          ...(body === undefined ? {} : { body }),
        })
        return status
      }
      expect(await told('PUT', '{"kycReview":3,"kycLevel":4}')).to.equal(changeable ? 200 : 404)
      expect(await asked()).to.deep.equal(changeable ? { kycReview: 3, kycLevel: 4, userStatus: 'VALIDATED' } : null)
      expect(await told('PUT', '[]')).to.equal(changeable ? 400 : 404)
      expect(await told('DELETE')).to.equal(changeable ? 200 : 404)
      expect(await asked()).to.equal(null)
      await provider.close()
      await api.close()
    }
  })
})
