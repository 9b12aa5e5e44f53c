import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { failureInWords, type ProviderFailure } from '../../src/provider/failure.ts'
import { right } from '../support/right.ts'
import { askedApi } from '../support/treezorApi/askedApi.ts'
import * as fault from '../support/treezorApi/faults.ts'
import { providerOf } from '../support/treezorApi/providerOf.ts'

const ID = '1000003' as UserId
const VALIDATED = { userId: ID, user: { kycReview: 2, kycLevel: 2, userStatus: 'VALIDATED' } }

/** Whatever the double holds of persons, and what opens its doors. */
const SECRETS = ['Firstname', 'Lastname', 'example.com', 'jwt-', 'invented', '1000003', '516899', '127.0.0.1']

describe('asking the provider', () => {
  const { api, provider } = askedApi()
  const user = (): Promise<E.Either<ProviderFailure, unknown>> => provider().user(ID)()
  const failure = async (): Promise<ProviderFailure> => {
    const said = await user()
    if (E.isRight(said)) throw new Error('it was answered')
    for (const secret of SECRETS) expect(JSON.stringify(said.left) + failureInWords(said.left)).to.not.contain(secret)
    return said.left
  }

  describe('takes what decides', () => {
    it('of a user, and nothing that is personal', async () => {
      expect(right(await user())).to.deep.equal(VALIDATED)
    })

    it('as it was written: numbers, texts, what nobody knows; a field that is missing stays missing', async () => {
      api().setUser(ID, { kycReview: '9', kycLevel: null, userStatus: undefined })
      expect(right(await user())).to.deep.equal({ userId: ID, user: { kycReview: '9', kycLevel: null } })
    })

    it('of each document of his, all pages of them', async () => {
      api().setDocuments(ID, [
        { documentStatus: 'CANCELED', codeStatus: '600004' },
        ...Array.from({ length: 130 }, () => ({})),
      ])
      const documents = right(await provider().documentsOf(ID)())
      expect(documents).to.have.length(131)
      expect(documents?.[0]).to.deep.equal({
        documentId: '100000301',
        documentTypeId: 17,
        documentStatus: 'CANCELED',
        codeStatus: '600004',
      })
    })

    for (const [what, change] of [
      ['a birth date where a level was', { kycLevel: { birthday: '1980-02-29' } }],
      ['a long text where a review was', { kycReview: 'Firstname1000003 Lastname1000003 of Paris' }],
      ['another user', { userId: 1_000_004 }],
      ['no id', { userId: undefined }],
    ] as const) {
      it(`and tells of ${what} without a word of it`, async () => {
        const of = (json: unknown): unknown => ({
          users: (json as { users: object[] }).users.map((one) => ({ ...one, ...change })),
        })
        api().fault('user', fault.otherwise(of))
        expect(await failure()).to.deep.include({ _tag: 'Unreadable', asked: 'user' })
      })
    }

    it('of no document where one of them cannot be read', async () => {
      api().setDocuments(ID, [{}, { documentStatus: { of: 'Firstname1000003' } }])
      expect(right(await provider().documentsOf(ID)())).to.equal(null)
    })

    it('of no document of somebody else, where the filter is not heeded', async () => {
      api().setDocuments(ID, [{ userId: 1_000_004 }])
      expect(E.isLeft(await provider().documentsOf(ID)())).to.equal(true)
    })
  })

  it('wants no answer that some proxy has kept', async () => {
    right(await user())
    expect(api().heardOf('user')[0]?.headers['cache-control']).to.equal('no-cache')
  })

  describe('believes that it knows no such user', () => {
    it('where it says so to both questions', async () => {
      api().remove(ID)
      expect(right(await user())).to.equal(null)
    })

    for (const [what, wrong] of [
      ['404 (some proxy, or a wrong address)', fault.status(404)],
      ['an empty list', fault.otherwise(() => ({ users: [] }))],
    ] as const) {
      it(`not where it answers ${what} to one of them`, async () => {
        api().fault('user', wrong)
        expect(right(await user())).to.deep.equal(VALIDATED)
      })
    }

    it('not where the list cannot be asked', async () => {
      api().remove(ID)
      api().fault('users', fault.status(404))
      expect(await failure()).to.deep.include({ _tag: 'Unreadable', asked: 'user' })
    })
  })

  describe('asks again', () => {
    for (const [what, wrong] of [
      ['500', fault.status(500)],
      ['502', fault.status(502)],
      ['503', fault.status(503)],
      ['522', fault.status(522)],
      ['429', fault.status(429)],
      ['429 with Retry-After', fault.status(429, { 'retry-after': '7' })],
      ['a connection that breaks', fault.reset],
      ['one that breaks in the middle', fault.cut],
    ] as const) {
      it(`after ${what}, and has the answer`, async () => {
        api().fault('user', wrong)
        expect(right(await user())).to.deep.equal(VALIDATED)
        expect(api().heardOf('user')).to.have.length(2)
      })

      it(`after ${what} no more than five times`, async () => {
        api().fault('user', wrong, { times: 6 })
        expect((await failure())._tag).to.equal(what.startsWith('429') ? 'Busy' : 'OutOfReach')
        expect(api().heardOf('user')).to.have.length(5)
      })
    }

    for (const [what, wrong] of [
      ['silence', fault.silence],
      ['half an answer, and silence', fault.stuck],
    ] as const) {
      it(`after ${what}, no more than five times`, async () => {
        const impatient = providerOf(api(), { bounds: { wholeMs: 400 } })
        api().fault('user', wrong, { times: 6 })
        const said = await impatient.user(ID)()
        await impatient.close()
        expect(E.isLeft(said) && said.left).to.deep.equal({
          _tag: 'OutOfReach',
          reason: 'no answer within 0.4 s',
          asked: 'user',
        })
        expect(api().heardOf('user')).to.have.length(5)
      })
    }

    it('not before an answer has had its time', async () => {
      api().fault('user', fault.slow(200))
      expect(right(await user())).to.deep.equal(VALIDATED)
      expect(api().heardOf('user')).to.have.length(1)
    })

    for (const code of [429, 500, 503]) {
      it(`not where the provider wants to be left alone for long, with ${code}`, async () => {
        api().fault('user', fault.status(code, { 'retry-after': '999999999' }))
        expect(await failure()).to.deep.include({ _tag: 'Busy', asked: 'user' })
        expect(api().heardOf('user')).to.have.length(1)
      })
    }

    it('not after more than any answer holds, which is not read to its end', async () => {
      api().fault('user', fault.huge(3 * 1024 * 1024))
      expect(await failure()).to.deep.equal({ _tag: 'Unreadable', reason: 'more than 2 MiB', asked: 'user' })
      expect(api().heardOf('user')).to.have.length(1)
    })

    for (const [what, wrong, tag] of [
      ['403', fault.status(403), 'Refused'],
      ['501', fault.status(501), 'Unreadable'],
      ['400', fault.status(400), 'Unreadable'],
      ['what is no JSON', fault.notJson, 'Unreadable'],
    ] as const) {
      it(`not after ${what}`, async () => {
        api().fault('user', wrong)
        expect((await failure())._tag).to.equal(tag)
        expect(api().heardOf('user')).to.have.length(1)
      })
    }

    it('and lets nobody else ask while the provider wants to be left alone', async () => {
      const others: Promise<unknown>[] = []
      const resting = providerOf(api(), {
        bounds: { waits: 0.02 },
        // The other one asks when it is known here, not when the double was asked: until then nobody has to wait.
        heard: (asked, status) => {
          if (asked === 'user' && status === 429) others.push(resting.user(ID)())
        },
      })
      const came: number[] = []
      api().fault('user', fault.status(429, { 'retry-after': '10' }))
      api().before('user', () => came.push(performance.now()))
      await resting.user(ID)()
      await Promise.all(others)
      await resting.close()
      expect(came).to.have.length(3)
      expect((came[1] ?? 0) - (came[0] ?? 0)).to.be.at.least(190)
    })

    it('nobody who is asked elsewhere: a redirection is not followed', async () => {
      api().fault('user', fault.redirect(`${api().url}/v1/users/1000004`))
      expect((await failure())._tag).to.equal('Unreadable')
      expect(api().heard.some(({ path }) => path.includes('1000004'))).to.equal(false)
    })

    it('not once it was broken off', async () => {
      api().fault('user', fault.silence, { times: 9 })
      const breaking = new AbortController()
      api().before('user', () => breaking.abort())
      expect(await provider().user(ID, breaking.signal)()).to.deep.equal(E.left({ _tag: 'Aborted' }))
      expect(api().heardOf('user')).to.have.length(1)
    })
  })

  describe('with a token', () => {
    const tokens = () => api().heardOf('token')

    it('that it asks for with a form, once for all who want one', async () => {
      await Promise.all([user(), user(), user(), provider().documentsOf(ID)()])
      expect(tokens()).to.have.length(1)
      expect(tokens()[0]?.headers['content-type']).to.equal('application/x-www-form-urlencoded')
      expect(tokens()[0]?.body).to.equal(
        'grant_type=client_credentials&client_id=516899&client_secret=invented-secret-of-the-client',
      )
    })

    it('for the scope that is set', async () => {
      const scoped = providerOf(api(), {}, { TREEZOR_API_SCOPE: 'read_only legal' })
      await scoped.user(ID)()
      await scoped.close()
      expect(tokens()[0]?.body).to.match(/&scope=read_only\+legal$/)
    })

    it('that it renews once where it is not taken', async () => {
      await user()
      api().forgetTokens()
      expect(right(await user())).to.deep.equal(VALIDATED)
      expect(tokens()).to.have.length(2)
    })

    it('no more than once', async () => {
      api().fault('user', fault.status(401), { times: 9 })
      expect(await failure()).to.deep.equal({ _tag: 'Refused', status: 401, asked: 'user' })
      expect(tokens()).to.have.length(2)
    })

    it('for a secret that was replaced in its file', async () => {
      await user()
      api().setSecret('another-invented-one')
      writeFileSync(api().environment['TREEZOR_API_CLIENT_SECRET_FILE'] ?? '', 'another-invented-one')
      api().forgetTokens()
      expect(right(await user())).to.deep.equal(VALIDATED)
    })

    it('or says that the credentials are not taken', async () => {
      api().setSecret('another-invented-one')
      expect(await failure()).to.deep.equal({ _tag: 'Refused', status: 401, asked: 'token' })
      expect(api().heardOf('user')).to.have.length(0)
    })

    it('or what is wrong with their file, by its variable', async () => {
      writeFileSync(api().environment['TREEZOR_API_CLIENT_SECRET_FILE'] ?? '', '')
      expect(await failure()).to.deep.equal({
        _tag: 'NoCredentials',
        reason: 'TREEZOR_API_CLIENT_SECRET_FILE: the file holds nothing',
      })
    })

    for (const [what, json] of [
      ['none', {}],
      ['one that no header can hold', { access_token: 'jwt-\nSet-Cookie: a' }],
      ['a list', []],
    ] as const) {
      it(`or that there is ${what} in the answer`, async () => {
        api().fault(
          'token',
          fault.otherwise(() => json),
        )
        expect(await failure()).to.deep.include({ _tag: 'Unreadable', asked: 'token' })
      })
    }

    it('and tells whoever listens of each request', async () => {
      const heard: string[] = []
      const telling = providerOf(api(), { heard: (asked, status) => heard.push(`${asked} ${status}`) })
      api().fault('user', fault.reset)
      await telling.user(ID)()
      await telling.close()
      expect(heard).to.deep.equal(['token 200', 'user null', 'user 200'])
    })
  })

  it('says whether it can be asked at all', async () => {
    expect(right(await provider().check()())).to.equal(undefined)
    api().fault('users', fault.status(403))
    expect(E.isLeft(await provider().check()())).to.equal(true)
  })

  it('ends what is under way when it is closed', async () => {
    api().fault('user', fault.status(502), { times: 9 })
    const patient = providerOf(api(), { bounds: { waits: 1000 } })
    const asked = patient.user(ID)()
    api().before('user', () => setImmediate(() => void patient.close()))
    expect(await asked).to.deep.equal(E.left({ _tag: 'Aborted' }))
  })
})
