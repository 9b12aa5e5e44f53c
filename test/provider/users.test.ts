import { expect } from 'chai'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Element, ListUsers } from '../../src/provider/listing.ts'
import { usersAbove } from '../../src/provider/users.ts'
import { LEAST_ON_A_PAGE, PAGE_SIZE, startOf, windowAcross } from '../../src/provider/windows.ts'
import { right } from '../support/right.ts'
import * as fault from '../support/treezorApi/faults.ts'
import { providerOf } from '../support/treezorApi/providerOf.ts'
import { type Manner, type TreezorApi, treezorApi } from '../support/treezorApi/treezorApi.ts'

const ascending = (ids: Iterable<number>): readonly string[] => [...ids].sort((a, b) => a - b).map(String)

describe('a window of pages', () => {
  it('begins with what was read and goes half a page further at least, wherever one has come to', () => {
    for (let reached = 1; reached < 1_000_000; reached += reached < 3000 ? 1 : 997) {
      const window = windowAcross(reached)
      expect(startOf(window), `${reached}`).to.be.lessThan(reached)
      expect(startOf(window) + window.size).to.be.at.least(reached + PAGE_SIZE / 2 - 1)
      expect(window.size).to.be.at.most(PAGE_SIZE)
    }
  })

  it('does so for smaller pages, too, forward by one at least', () => {
    for (let most = LEAST_ON_A_PAGE; most < 40; most += 1)
      for (let reached = 1; reached < 2000; reached += 1) {
        const window = windowAcross(reached, most)
        expect(startOf(window)).to.be.lessThan(reached)
        expect(startOf(window) + window.size).to.be.greaterThan(reached)
      }
  })
})

/** A list of users in memory, of which somebody goes or comes before each page that is read. */
interface Changing {
  readonly ids: readonly number[]
  /** After so many pages: who goes, and who comes, as places of the list. */
  readonly changes: readonly { readonly go: readonly number[]; readonly come: readonly number[] }[]
  readonly isSorted: boolean
  readonly most: number
}

const element = (id: number): Element => ({
  _tag: 'User',
  userId: String(id) as UserId,
  user: { userId: String(id) as UserId, user: {} },
})

const listOf = ({ ids, changes, isSorted, most }: Changing) => {
  const now = new Set(ids)
  const stayed = new Set(ids)
  let read = 0
  const list: ListUsers = async ({ page, size }) => {
    const change = changes[read]
    read += 1
    for (const place of change?.go ?? []) {
      const id = ids[place % Math.max(1, ids.length)]
      if (id === undefined) continue
      now.delete(id)
      stayed.delete(id)
    }
    // Ids that come are new, above or between those that were there.
    for (const place of change?.come ?? []) now.add((ids[place % Math.max(1, ids.length)] ?? 0) + 500)
    const all = [...now].sort((a, b) => (isSorted ? a - b : b - a))
    const step = Math.min(size, most)
    return E.right(all.slice((page - 1) * step, page * step).map(element))
  }
  return { list, stayed, reads: () => read }
}

const readAll = async (list: ListUsers, after: string | null): Promise<readonly string[]> => {
  const ids: string[] = []
  for await (const page of usersAbove(list, after as UserId | null)) {
    const { users, unreadable } = right(page)
    expect(unreadable).to.deep.equal([])
    ids.push(...users.map(({ userId }) => userId))
  }
  return ids
}

const places = (most: number) => fc.array(fc.nat(9999), { maxLength: most })
const changing = (isSorted: boolean): fc.Arbitrary<Changing> =>
  fc.record({
    ids: fc.nat(700).map((count) => Array.from({ length: count }, (_, index) => (index + 1) * 1000)),
    changes: fc.array(fc.record({ go: places(8), come: places(4) }), { maxLength: 12 }),
    isSorted: fc.constant(isSorted),
    // That the provider gives fewer than it is asked for is looked at by itself: it is found out once.
    most: fc.constant(1000),
  })

describe('all users', () => {
  it('are each seen once, in order, whoever goes or comes while their pages are read', async () => {
    await fc.assert(
      fc.asyncProperty(changing(true), async (how) => {
        const { list, stayed, reads } = listOf(how)
        const seen = await readAll(list, null)
        expect(seen).to.deep.equal(ascending(new Set(seen.map(Number))))
        expect([...stayed].filter((id) => !seen.includes(String(id)))).to.deep.equal([])
        expect(reads()).to.be.lessThan(400)
      }),
      { seed: 20_261_129, numRuns: 150 },
    )
  })

  it('are so from wherever it is gone on', async () => {
    await fc.assert(
      fc.asyncProperty(changing(true), fc.nat(800_000), async (how, after) => {
        const { list, stayed } = listOf(how)
        const seen = await readAll(list, String(after + 1))
        expect(seen.every((id) => Number(id) > after + 1)).to.equal(true)
        expect([...stayed].filter((id) => id > after + 1 && !seen.includes(String(id)))).to.deep.equal([])
      }),
      { seed: 20_261_129, numRuns: 150 },
    )
  })

  it('are so where the provider does not sort them', async () => {
    await fc.assert(
      fc.asyncProperty(changing(false), fc.option(fc.nat(800_000)), async (how, after) => {
        const { list, stayed } = listOf(how)
        const seen = await readAll(list, after === null ? null : String(after + 1))
        expect(seen).to.deep.equal(ascending(new Set(seen.map(Number))))
        expect([...stayed].filter((id) => id > (after ?? -1) + 1 && !seen.includes(String(id)))).to.deep.equal([])
      }),
      { seed: 20_261_129, numRuns: 100 },
    )
  })

  for (const most of [20, 21, 49]) {
    it(`are so where it gives ${most} at a time, whatever it is asked for`, async () => {
      const { list } = listOf({
        ids: Array.from({ length: 150 }, (_, index) => index + 1),
        changes: [],
        isSorted: true,
        most,
      })
      expect(await readAll(list, null)).to.deep.equal(ascending(Array.from({ length: 150 }, (_, index) => index + 1)))
    })
  }

  it('says so where it gives too few at a time', async () => {
    const { list } = listOf({
      ids: Array.from({ length: 30 }, (_, index) => index + 1),
      changes: [],
      isSorted: true,
      most: 5,
    })
    const pages: unknown[] = []
    for await (const page of usersAbove(list, null)) pages.push(page)
    expect(pages.at(-1)).to.deep.equal(
      E.left({ _tag: 'Unreadable', reason: 'it gives fewer than 20 on a page', asked: 'users' }),
    )
  })
})

describe('all users of the provider', () => {
  const withApi = async (manner: Manner, look: (api: TreezorApi) => Promise<void>): Promise<void> => {
    const api = await treezorApi(manner)
    try {
      await look(api)
    } finally {
      await api.close()
    }
  }
  const idsFrom = async (api: TreezorApi, after: string | null = null) => {
    const provider = providerOf(api)
    const ids: string[] = []
    const unreadable: unknown[] = []
    const failures: unknown[] = []
    for await (const page of provider.users(after as UserId | null)) {
      if (E.isLeft(page)) failures.push(page.left)
      else {
        ids.push(...page.right.users.map(({ userId }) => userId))
        unreadable.push(...page.right.unreadable)
      }
    }
    await provider.close()
    return { ids, unreadable, failures }
  }
  const all = (api: TreezorApi): readonly string[] => api.ids().map(String)

  it('are read over HTTP, from the first and from any of them', () =>
    withApi({ users: 257 }, async (api) => {
      expect((await idsFrom(api)).ids).to.deep.equal(all(api))
      expect((await idsFrom(api, '1000123')).ids).to.deep.equal(all(api).slice(124))
      expect((await idsFrom(api, '1000256')).ids).to.deep.equal([])
      expect((await idsFrom(api, '7')).ids).to.deep.equal(all(api))
    }))

  it('are none where there is none', () =>
    withApi({ users: 0 }, async (api) => {
      expect(await idsFrom(api)).to.deep.equal({ ids: [], unreadable: [], failures: [] })
    }))

  for (const manner of [
    { ignoresSort: true },
    { sorts: ['createdDate'] },
    { sorts: ['createdDate'], ignoresSort: true, mostOnAPage: 30 },
    { mostOnAPage: 30 },
    { idsAsText: true },
  ]) {
    it(`are read where it is not quite as one would think: ${JSON.stringify(manner)}`, () =>
      withApi({ users: 130, ...manner }, async (api) => {
        expect((await idsFrom(api, '1000040')).ids).to.deep.equal(all(api).slice(41))
      }))
  }

  it('are read to the end where one goes from the first page while the second is read', () =>
    withApi({ users: 250 }, async (api) => {
      let pages = 0
      api.before('users', () => {
        pages += 1
        if (pages === 2) for (const id of all(api).slice(0, 120)) api.remove(id)
      })
      const { ids } = await idsFrom(api)
      expect(ids.slice(0, 50)).to.deep.equal(Array.from({ length: 50 }, (_, index) => String(1_000_000 + index)))
      expect(ids.slice(50)).to.deep.equal(all(api))
    }))

  it('are told one by one although an element of their page is odd, which is told by its id', () =>
    withApi({ users: 5 }, async (api) => {
      api.setUser(1_000_001, { kycLevel: { birthday: '1980-02-29' } })
      api.setUser(1_000_003, { userId: 'Firstname1000003' })
      expect(await idsFrom(api)).to.deep.equal({
        ids: ['1000000', '1000002', '1000004'],
        unreadable: [
          { userId: '1000001', reason: 'kycLevel: expected a number, or a word in capitals' },
          { userId: null, reason: 'userId: expected a user id' },
        ],
        failures: [],
      })
    }))

  it('end with a failure where a page cannot be had, after the pages before it', () =>
    withApi({ users: 250 }, async (api) => {
      api.fault('users', fault.status(403), { skip: 1 })
      const { ids, failures } = await idsFrom(api)
      expect(ids).to.deep.equal(all(api).slice(0, 50))
      expect(failures).to.deep.equal([{ _tag: 'Refused', status: 403, asked: 'users' }])
    }))

  for (const [what, json] of [
    ['no list', { users: { 0: { userId: 1 } } }],
    ['a list of another name', { documents: [] }],
    ['nothing', null],
  ] as const) {
    it(`end with a failure where there is ${what}`, () =>
      withApi({ users: 3 }, async (api) => {
        api.fault(
          'users',
          fault.otherwise(() => json),
        )
        const { ids, failures } = await idsFrom(api)
        expect(ids).to.deep.equal([])
        expect(failures).to.deep.equal([
          { _tag: 'Unreadable', reason: 'users: expected a list of at most 2000', asked: 'users' },
        ])
      }))
  }
})
