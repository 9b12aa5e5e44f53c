import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { type OwnService, serveHere } from '../support/service/service.ts'
import { newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

/** What somebody may make of a row of the read model. */
const CHANGES: Readonly<Record<string, string>> = {
  'its body': `body = replace(body, '"status":"refused","verified":false', '"status":"validated","verified":true')`,
  'its tag': `etag = '"somebody''s"'`,
  'its body for nothing': `body = ''`,
  'body, status and anomalies': `body = replace(body, 'refused', 'validated'), status = 'validated', anomalies = '["echo"]'`,
}

const change = ({ directory }: OwnService, user: string, what: string): void => {
  const db = new Database(join(directory, 'read-model.db'))
  expect(db.prepare(`UPDATE kyc_status SET ${what} WHERE user_id = ?`).run(user).changes).to.equal(1)
  db.close()
}
const rowOf = ({ directory }: OwnService, user: string): unknown => {
  const db = new Database(join(directory, 'read-model.db'), { readonly: true })
  try {
    return db.prepare('SELECT * FROM kyc_status WHERE user_id = ?').get(user)
  } finally {
    db.close()
  }
}

describe('an answer that was altered in the read model', () => {
  const [user, other] = [newUser(), newUser()]
  let service: OwnService
  before(async () => {
    service = await serveHere(newDirectory())
    await service.deliver(request(user))
    await service.deliver(refusal(user))
    await service.deliver(validation(other))
    await service.kyc(other)
  })
  after(() => service.stop())

  const answer = async (headers: Readonly<Record<string, string>> = {}) => {
    const response = await service.get(`/users/${user}/kyc`, headers)
    const { status } = response
    const [etag, position] = ['etag', 'kyc-position'].map((name) => response.headers.get(name))
    return { status, etag, position, body: await response.text() }
  }
  const altered = async (): Promise<number> => {
    const text = await (await service.get('/metrics')).text()
    return Number(/^kyc_answers_altered_total (\d+)$/m.exec(text)?.[1])
  }

  for (const [which, what] of Object.entries(CHANGES)) {
    it(`is not given: the log tells what is so, and the row is mended (${which})`, async () => {
      const [before, row, count, bytes] = [
        await answer(),
        rowOf(service, user),
        await altered(),
        service.stdout().length,
      ]
      expect(JSON.parse(before.body)).to.include({ status: 'refused' })
      change(service, user, what)
      expect(await answer()).to.deep.equal(before)
      expect(await altered()).to.equal(count + 1)
      await eventually('a line', () =>
        service.stdout().slice(bytes).includes('the answer in the read model is not the one that was folded')
          ? true
          : null,
      )
      await eventually('the row is mended', () =>
        JSON.stringify(rowOf(service, user)) === JSON.stringify(row) ? true : null,
      )
      const after = await altered()
      expect(await answer()).to.deep.equal(before)
      expect(await altered()).to.equal(after)
      expect(await service.kyc(other)).to.include({ status: 'validated' })
    })
  }

  it('is not called unchanged to who holds what was altered', async () => {
    const before = await answer()
    change(service, user, `etag = '"somebody''s"'`)
    expect(await answer({ 'if-none-match': '"somebody\'s"' })).to.deep.equal(before)
    await eventually('the row is mended', async () => ((await answer()).etag === before.etag ? true : null))
    expect((await answer({ 'if-none-match': String(before.etag) })).status).to.equal(304)
  })

  it('keeps nobody from being projected: what is delivered meanwhile is read', async () => {
    for (let i = 0; i < 5; i++) {
      change(service, user, `body = 'x'`)
      const fresh = newUser()
      const [taken] = await Promise.all([service.deliver(validation(fresh)), answer(), answer()])
      expect(taken.outcome).to.equal('appended')
      expect(await service.kyc(fresh)).to.include({ status: 'validated' })
      await eventually('the row is mended', async () => ((await service.kyc(user)).status === 'refused' ? true : null))
    }
    expect(service.stdout()).to.not.include('the projection stopped')
    await service.ready()
  })
})
