import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { byNumber, type UserId } from '../../domain/identifiers.ts'
import type { ProviderFailure } from '../../src/provider/failure.ts'
import type { Provider, UsersPage } from '../../src/provider/provider.ts'
import { everybody } from '../../src/reconciling/everybody.ts'

const ids = (numbers: readonly number[]): readonly UserId[] =>
  [...new Set(numbers)].map(String).sort((a, b) => byNumber(a as UserId, b as UserId)) as unknown as readonly UserId[]

const behind = (all: readonly UserId[], after: UserId | null): readonly UserId[] =>
  all.filter((id) => after === null || byNumber(id, after) > 0)

const pageOf = (users: readonly UserId[]): UsersPage => ({
  users: users.map((userId) => ({ userId, user: {} })),
  unreadable: [],
})

/** A provider whose pages hold so many, and which fails after so many pages. */
const providerOf = (
  all: readonly UserId[],
  size: number,
  failsAfter = Number.POSITIVE_INFINITY,
): Pick<Provider, 'users'> => ({
  users: async function* (after) {
    const left = behind(all, after)
    for (let at = 0, page = 0; at < left.length; at += size, page += 1) {
      if (page === failsAfter) return yield E.left<ProviderFailure>({ _tag: 'Aborted' })
      yield E.right(pageOf(left.slice(at, at + size)))
    }
  },
})

const walk = async (provider: Pick<Provider, 'users'>, log: readonly UserId[], after: UserId | null) =>
  Array.fromAsync(
    everybody(provider, (from, limit) => behind(log, from).slice(0, limit), after, new AbortController().signal),
  )

const numbers = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 60 })

describe('everybody', () => {
  it('is whoever the provider or the log knows, each once by ascending number, from behind anybody', () =>
    fc.assert(
      fc.asyncProperty(
        numbers,
        numbers,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ max: 3000 }),
        async (a, b, size, from) => {
          const [there, here] = [ids(a), ids(b)]
          const after = from < 1 ? null : (String(from) as UserId)
          const all = (await walk(providerOf(there, size), here, after)).map((one) =>
            E.isRight(one) ? one.right : null,
          )
          expect(all.map((one) => one?.userId)).to.deep.equal(behind(ids([...a, ...b]), after))
          for (const one of all)
            expect(one !== null && 'screened' in one && one.screened !== null).to.equal(
              there.includes(one?.userId as UserId),
            )
        },
      ),
      { seed: 41, numRuns: 100 },
    ))

  it('ends with the first failure: of users behind it nothing is known yet', async () => {
    const all = await walk(providerOf(ids([2, 4, 6, 8]), 2, 1), ids([1, 3, 5, 7, 9]), null)
    expect(all.map((one) => (E.isRight(one) ? one.right.userId : one.left._tag))).to.deep.equal([
      '1',
      '2',
      '3',
      '4',
      'Aborted',
    ])
  })

  it('holds users whom a page shows so that they cannot be read: they are asked about', async () => {
    const provider: Pick<Provider, 'users'> = {
      users: async function* () {
        const unreadable = [
          { userId: '5' as UserId, reason: 'kycReview: expected something else' },
          { userId: null, reason: 'userId: expected a user id' },
        ]
        yield E.right({ ...pageOf(ids([4, 6])), unreadable })
      },
    }
    const all = await walk(provider, [], null)
    expect(
      all.map((one) =>
        E.isRight(one)
          ? [one.right.userId, 'screened' in one.right ? one.right.screened === null : one.right.reason]
          : null,
      ),
    ).to.deep.equal([
      [null, 'userId: expected a user id'],
      ['4', false],
      ['5', true],
      ['6', false],
    ])
  })
})
