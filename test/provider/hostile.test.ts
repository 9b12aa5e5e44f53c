import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Element, ListUsers } from '../../src/provider/listing.ts'
import { usersAbove } from '../../src/provider/users.ts'
import { left, right } from '../support/right.ts'
import { askedApi } from '../support/treezorApi/askedApi.ts'
import type { Fault } from '../support/treezorApi/faults.ts'
import * as fault from '../support/treezorApi/faults.ts'

const ID = '1000003' as UserId

describe('a provider that answers anything', () => {
  const { api, provider } = askedApi()

  for (const value of [
    '1980-02-29',
    '29/02/1980',
    'Jean Dupont',
    'jean@example.com',
    '+33602030405',
    'Dupont',
    '0602030405',
    '<b>2</b>',
  ])
    it(`gives nothing that may be personal, or more than a word, for a code: ${value}`, async () => {
      api().setUser(ID, { userStatus: value })
      expect(left(await provider().user(ID)())).to.deep.include({ _tag: 'Unreadable', asked: 'user' })
      api().setUser(ID, { userStatus: 'VALIDATED' })
      api().setDocuments(ID, [{}, { documentStatus: value }])
      expect(right(await provider().documentsOf(ID)())).to.equal(null)
      api().setDocuments(ID, [{}, { documentId: `${value}.pdf` }])
      expect(right(await provider().documentsOf(ID)())).to.equal(null)
    })

  it('gives no number that would be another once it is recorded', async () => {
    const text: Fault = (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(`{"users":[{"userId":${ID},"kycReview":2,"kycLevel":1e400}]}`)
    api().fault('user', text)
    expect(left(await provider().user(ID)())).to.deep.include({ _tag: 'Unreadable', asked: 'user' })
  })

  it('gives no more documents than one event should hold, and no more users than a page has', async () => {
    api().fault(
      'documents',
      fault.otherwise(() => ({
        documents: Array.from({ length: 1001 }, (_, index) => ({ documentId: index + 1, userId: ID })),
      })),
    )
    expect(left(await provider().documentsOf(ID)())).to.deep.include({ reason: 'more than 1000 of one user' })
    api().fault(
      'users',
      fault.otherwise(() => ({ users: Array.from({ length: 2001 }, () => ({})) })),
    )
    const pages = await Array.fromAsync(provider().users(null))
    expect(pages.map((page) => left(page))).to.deep.equal([
      { _tag: 'Unreadable', reason: 'users: expected a list of at most 2000', asked: 'users' },
    ])
  })
})

describe('pages that do not end', () => {
  const element = (id: number): Element => ({
    _tag: 'User',
    userId: String(id) as UserId,
    user: { userId: String(id) as UserId, user: {} },
  })
  const UNREADABLE: Element = { _tag: 'Unreadable', userId: null, unreadable: { userId: null, reason: '' } }
  /** The same page, whichever is asked for. */
  const same = (pageOf: (size: number) => readonly Element[]) => {
    let reads = 0
    const list: ListUsers = async ({ size }) => {
      reads += 1
      if (reads > 500) throw new Error('it goes on')
      return E.right(pageOf(size))
    }
    return { list, reads: () => reads }
  }
  const ids = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index + 1)
  const pages: Readonly<Record<string, (size: number) => readonly Element[]>> = {
    'that are one and the same': (size) => ids(size).map(element),
    'that are one and the same, and not sorted': (size) => ids(size).toReversed().map(element),
    'of whom nobody can be told': (size) => [element(2), element(1), ...ids(size - 2).map(() => UNREADABLE)],
  }
  for (const [what, pageOf] of Object.entries(pages))
    for (const after of [null, '4711'])
      it(`${what} end with a failure, ${after === null ? 'from the beginning' : 'from a user on'}`, async () => {
        const { list, reads } = same(pageOf)
        const all = await Array.fromAsync(usersAbove(list, after as UserId | null))
        expect(left(all.at(-1) ?? E.right(null))).to.deep.include({ _tag: 'Unreadable', asked: 'users' })
        expect(reads()).to.be.lessThan(200)
      })
})
